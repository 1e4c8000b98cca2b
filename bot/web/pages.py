"""Templates and static files of all pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.web import format

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


class Brand(Protocol):
    """What pages say of the company; `bot.sop.Company` is one."""

    @property
    def brand(self) -> str: ...

    @property
    def bot_name(self) -> str: ...

    @property
    def zone(self) -> ZoneInfo: ...

    @property
    def zone_label(self) -> str: ...


class Pages:
    """Renders templates; parts add their own folders with `also`.

    `brand` is asked at each page, so that an edited company.yml shows at once; `now` is the product's clock.
    """

    def __init__(self, brand: Callable[[], Brand], now: Callable[[], datetime]) -> None:
        self.brand = brand
        self.now = now
        self._loaders = [FileSystemLoader(_HERE / "templates")]
        self._environment = Environment(
            loader=ChoiceLoader(self._loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "rupiah": format.rupiah,
            "size": format.size,
            "moment": lambda at: format.moment(at, self.brand().zone, self.now()),
            "hour": lambda at: format.hour(at, self.brand().zone),
            "iso": lambda at: at.isoformat() if at else "",
        }

    def also(self, folder: Path) -> None:
        """Find templates in this folder, too."""
        if str(folder) not in [path for loader in self._loaders for path in loader.searchpath]:
            self._loaders.append(FileSystemLoader(folder))

    def render(self, template: str, **values: Any) -> str:
        return self._environment.get_template(template).render(company=self.brand(), now=self.now(), **values)

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page that belongs to one person at one moment: nothing may keep it."""
        return HTMLResponse(
            self.render(template, **values), status_code=status, headers={"Cache-Control": "no-store"}
        )

    def notice(self, status: int, title: str, text: str, back: str = "/") -> HTMLResponse:
        """A short page that says why something is not shown."""
        return self.page("notice.html", status, title=title, text=text, back=back)


class _Static(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        # Modules import each other by plain names: let browsers ask each time, which costs a 304.
        response.headers["Cache-Control"] = "no-cache"
        return response


def mount_static(app: Starlette) -> None:
    """Serve styles, scripts and vendored libraries under /static."""
    app.mount("/static", _Static(directory=STATIC), name="static")
