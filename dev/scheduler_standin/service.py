"""The vendor's address: google.cloud.scheduler.v1.CloudScheduler over gRPC."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc  # type: ignore[import-untyped]
from google.cloud import scheduler_v1 as api
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]

from dev.scheduler_standin.jobs import Jobs
from dev.scheduler_standin.refusals import Refusal

_SERVICE: Final = "google.cloud.scheduler.v1.CloudScheduler"


def build_handler(jobs: Jobs, changed: Callable[[], None]) -> grpc.GenericRpcHandler:
    """The service over `jobs`; `changed` is called after each call that may make a job due."""

    def update(request: api.UpdateJobRequest) -> api.Job:
        return jobs.update(request.job, list(request.update_mask.paths))

    def listed(request: api.ListJobsRequest) -> api.ListJobsResponse:
        found, token = jobs.page(request.parent, request.page_size, request.page_token)
        return api.ListJobsResponse(jobs=found, next_page_token=token)

    def delete(request: api.DeleteJobRequest) -> Empty:
        jobs.delete(request.name)
        return Empty()

    job = api.Job.serialize
    methods: dict[str, tuple[Any, Callable[[Any], Any], Callable[[Any], bytes]]] = {
        "CreateJob": (api.CreateJobRequest, lambda r: jobs.create(r.parent, r.job), job),
        "GetJob": (api.GetJobRequest, lambda r: jobs.entry(r.name).job, job),
        "ListJobs": (api.ListJobsRequest, listed, api.ListJobsResponse.serialize),
        "UpdateJob": (api.UpdateJobRequest, update, job),
        "DeleteJob": (api.DeleteJobRequest, delete, Empty.SerializeToString),
        "PauseJob": (api.PauseJobRequest, lambda r: jobs.pause(r.name), job),
        "ResumeJob": (api.ResumeJobRequest, lambda r: jobs.resume(r.name), job),
        "RunJob": (api.RunJobRequest, lambda r: jobs.ask(r.name), job),
    }
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            _answering(act, changed),
            request_deserializer=shape.deserialize,
            response_serializer=serialize,
        )
        for name, (shape, act, serialize) in methods.items()
    }
    return grpc.method_handlers_generic_handler(_SERVICE, handlers)


def _answering(
    act: Callable[[Any], Any], changed: Callable[[], None]
) -> Callable[[Any, Any], Awaitable[Any]]:
    async def answer(request: Any, context: Any) -> Any:
        try:
            result = act(request)
        except Refusal as refusal:
            await context.abort(refusal.code, refusal.message)
        changed()
        return result

    return answer
