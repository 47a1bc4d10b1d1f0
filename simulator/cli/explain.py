"""x"""
import click
@click.command("explain")
def command() -> None:
    """x"""
