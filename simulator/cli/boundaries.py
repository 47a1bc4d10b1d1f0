"""x"""
import click
@click.command("boundaries")
def command() -> None:
    """x"""
