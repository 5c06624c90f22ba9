"""A stand-in of the Google provider: it knows the schema of the resources that we use, and no more.

It speaks the plugin protocol 5. Terraform is told where it is and asks it for schemas, so
`terraform validate` and `terraform test` with a mocked provider do all that they do with the real
one, but for the rules that the real one alone knows. It can neither plan nor apply: nothing here
reaches a cloud.
https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from concurrent import futures
from pathlib import Path
from typing import Any, Final

import grpc  # type: ignore[import-untyped]
from google.protobuf import (  # type: ignore[import-untyped]
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)

SCHEMA: Final = Path(__file__).parents[1] / "data" / "terraform" / "provider.json"
PROVIDER: Final = "registry.terraform.io/hashicorp/google"
_PROTOCOL: Final = 5
_LIST: Final = 2  # Schema.NestedBlock.NestingMode
_WRITE_ONLY: Final = {"secret_data_wo"}
_PROVIDER: Final = ("project", "region", "billing_project")
_PROJECT: Final = {"project_id": "string", "number": "string", "name": "string", "id": "string"}
_MESSAGES: Final = {  # message → its fields: name, number, type; * repeats, @ maps texts to it
    "Attribute": "name 1 s,type 2 b,required 4 ?,optional 5 ?,computed 6 ?,write_only 10 ?",
    "NestedBlock": "type_name 1 s,block 2 .Block,nesting 3 i,max_items 5 i",
    "Block": "attributes 2 *.Attribute,block_types 3 *.NestedBlock",
    "Schema": "version 1 i,block 2 .Block",
    "Entry": "key 1 s,value 2 .Schema",
    "DynamicValue": "msgpack 1 b,json 2 b",
    "Nothing": "",
    "Schemas": "provider 1 .Schema,resource_schemas 2 *.Entry,data_source_schemas 3 *.Entry",
    "Config": "config 1 .DynamicValue",
}
_TYPES: Final = {"s": 9, "b": 12, "?": 8, "i": 3}


def _messages() -> Mapping[str, Any]:
    """Classes of the protocol's messages, as far as they are needed."""
    file = descriptor_pb2.FileDescriptorProto(name="p.proto", package="p", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in filter(None, fields.split(",")):
            label, number, kind = field.split(" ")
            added = message.field.add(name=label, number=int(number), label=1)
            if kind.startswith("*"):
                added.label, kind = 3, kind[1:]
            if kind.startswith("."):
                added.type, added.type_name = 11, f".p{kind}"
            else:
                added.type = _TYPES[kind]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"p.{name}"))
        for name in _MESSAGES
    }


def _block(level: Mapping[str, Any]) -> dict[str, Any]:
    """A block of the protocol from one of our file."""
    attributes, blocks = [], []
    for name, kind in level["arguments"].items():
        if isinstance(kind, dict):
            inner = _block(kind)
            most = 1 if kind.get("single") else 0
            blocks += [
                {"type_name": each, "block": inner, "nesting": _LIST, "max_items": most}
                for each in _spellings(name, single=bool(most))
            ]
            continue
        needed = name in level["required"]
        attribute = {"name": name, "type": json.dumps(kind).encode(), "required": needed}
        if name in _WRITE_ONLY:
            attributes.append({**attribute, "optional": not needed, "write_only": True})
        else:
            attributes.append({**attribute, "optional": not needed, "computed": not needed})
    for name, kind in level.get("computed", {}).items():
        attributes.append({"name": name, "type": json.dumps(kind).encode(), "computed": True})
    return {"attributes": attributes, "block_types": blocks}


def _spellings(name: str, *, single: bool) -> Iterator[str]:
    """A block's name and, where the file has the plural of it, the singular."""
    yield name
    if not single and name.endswith("ies"):
        yield f"{name[:-3]}y"
    elif not single and name.endswith("s"):
        yield name[:-1]


def _leaves(kinds: Mapping[str, Any], *needed: str) -> dict[str, Any]:
    return _block({"arguments": kinds, "required": needed})


def _schemas() -> dict[str, Any]:
    resources = json.loads(SCHEMA.read_text(encoding="utf8"))
    configured = {**dict.fromkeys(_PROVIDER, "string"), "user_project_override": "bool"}
    provider = _leaves(configured)
    for attribute in provider["attributes"]:
        attribute["computed"] = False
    return {
        "provider": {"block": provider},
        "resource_schemas": [
            {"key": kind, "value": {"block": _block(level)}} for kind, level in resources.items()
        ],
        "data_source_schemas": [
            {"key": "google_project", "value": {"block": _leaves(_PROJECT)}},
        ],
    }


def _service() -> grpc.GenericRpcHandler:
    """The calls that Terraform makes when it validates and mocks."""
    kinds = _messages()
    schemas = kinds["Schemas"](**_schemas())

    def answering(answer: Any, request: str = "Nothing") -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(
            lambda asked, _: answer(asked) if callable(answer) else answer,
            request_deserializer=kinds[request].FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    fine = answering(kinds["Nothing"]())
    prepared = answering(lambda asked: kinds["Config"](config=asked.config), "Config")
    provider = {
        "GetSchema": answering(schemas),
        "PrepareProviderConfig": prepared,
        "ValidateResourceTypeConfig": fine,
        "ValidateDataSourceConfig": fine,
        "Configure": fine,
        "Stop": fine,
    }
    return grpc.method_handlers_generic_handler("tfplugin5.Provider", provider)


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Serve, and yield the value of `TF_REATTACH_PROVIDERS` that lets Terraform find us."""
    server = grpc.server(futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers([_service()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    here = {
        "Protocol": "grpc",
        "ProtocolVersion": _PROTOCOL,
        "Pid": os.getpid(),
        "Test": True,  # it is not Terraform that ends us
        "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
    }
    try:
        yield json.dumps({PROVIDER: here})
    finally:
        server.stop(None).wait()
