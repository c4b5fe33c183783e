"""The routes for whoever runs the server: whether it can answer, and what it counts."""

from fastapi import APIRouter, Request, Response

from api.access import key_name, may_change
from api.errors import ServerStopping
from api.house import House
from api.metrics import MEDIA_TYPE, Metrics
from api.problems import problems
from api.service_objects import AccessObject, ReadyObject


def build_service_router(house: House, metrics: Metrics) -> APIRouter:
    """All routes of the service itself but `/healthz`, which says no more than that the server lives."""
    router = APIRouter(tags=["service"])

    @router.get("/readyz", responses=problems(429, 503))
    def readyz() -> ReadyObject:
        """Says whether questions can be answered: the index is there, models are loaded, no end is near."""
        if house.stopping.is_set():
            raise ServerStopping("the server was told to stop: send nothing more")
        house.check_ready()
        return ReadyObject()

    @router.get("/v1/access", responses=problems(503))
    def show_access(request: Request) -> AccessObject:
        """Says whose key was sent, and what may be done with it."""
        return AccessObject(key=key_name(request.scope) or None, change=may_change(request.scope))

    @router.get("/metrics", include_in_schema=False)
    def show_metrics() -> Response:
        return Response(metrics.text(), media_type=MEDIA_TYPE)

    return router
