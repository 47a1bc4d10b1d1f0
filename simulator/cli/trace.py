"""x"""
import click
@click.command("trace")
def command() -> None:
    """x"""
