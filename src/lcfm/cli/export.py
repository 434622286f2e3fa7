"""``lcfm export``: a model as one ONNX file."""

from __future__ import annotations

import argparse

from lcfm.cli import options


def add(commands: options.Commands) -> None:
    """Declare the command."""
    parser = options.add_command(
        commands,
        "export",
        run,
        summary="a model as an ONNX file",
        description=(
            "Write network and heads of a model as an ONNX file, for programs without PyTorch. It "
            "takes the tokens that lcfm makes of light curves, padded, with a mask. Needs the "
            "package onnx (pip install 'lcfm[onnx]')."
        ),
        example="lcfm export transients --out model.onnx",
    )
    options.add_model(parser)
    options.add_out(parser, "ONNX file to write")


def run(arguments: argparse.Namespace) -> None:
    """Write the file."""
    from lcfm.serve.export import export_onnx
    from lcfm.serve.shipped import load

    export_onnx(load(arguments.model), arguments.out, overwrite=arguments.overwrite)
    print(f"wrote {arguments.out}")
