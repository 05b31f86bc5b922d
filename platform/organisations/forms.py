"""Forms of the register: its filters, and what an administrator writes of a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel import Locale
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField
from wtforms.validators import Regexp, ValidationError

from core.forms import Form, Line, Paragraphs, SubmissionForm, VersionField
from core.i18n import language
from core.text import fold, legible, normalise
from organisations.models import LONGEST_NAME, Level, Nature, Organisation
from organisations.queries import (
    LONGEST_SEARCH,
    OrganisationLine,
    RegisterFilters,
    level_label,
    nature_label,
)
from organisations.rules import COUNTRIES, IPA_CODE, OrganisationValues, is_web_address
from territory import queries as territory
from territory.forms import TerritoryField
from territory.models import TerritoryKind

# Values in addresses, which are Italian.
NATURES: Mapping[str, Nature] = {
    "pubblico": Nature.PUBLIC,
    "privato": Nature.PRIVATE,
    "terzo-settore": Nature.THIRD_SECTOR,
}
LEVELS: Mapping[str, Level] = {
    "stato": Level.STATE,
    "regione": Level.REGION,
    "provincia-autonoma": Level.AUTONOMOUS_PROVINCE,
    "provincia": Level.PROVINCE,
    "comune": Level.MUNICIPALITY,
    "ambito-sociale": Level.SOCIAL_DISTRICT,
    "scuola": Level.SCHOOL,
    "agenzia": Level.AGENCY,
    "altro": Level.OTHER,
}

_PREFERRED = {
    Level.REGION: (TerritoryKind.REGION,),
    Level.AUTONOMOUS_PROVINCE: (TerritoryKind.REGION,),
    Level.PROVINCE: (TerritoryKind.PROVINCE,),
    Level.MUNICIPALITY: (TerritoryKind.MUNICIPALITY,),
}


def register_filters(args: MultiDict[str, str]) -> RegisterFilters:
    """What the address asks for; values that we do not know ask for nothing."""
    text = normalise(legible(args.get("q", "")))[:LONGEST_SEARCH]
    regions = (territory.region(code) for code in args.getlist("regione"))
    return RegisterFilters(
        text=text,
        natures=frozenset(NATURES[word] for word in args.getlist("natura") if word in NATURES),
        levels=frozenset(LEVELS[word] for word in args.getlist("livello") if word in LEVELS),
        region_ids=frozenset(region.id for region in regions if region is not None),
    )


def country_name(code: str) -> str:
    """The name of a country in the reader's language."""
    return str(Locale.parse(language()).territories.get(code, code))


def country_choices() -> list[tuple[str, str]]:
    """Italy first, then the others by their name in the reader's language."""
    italy, *others = [(code, country_name(code)) for code in COUNTRIES]
    return [italy, *sorted(others, key=lambda choice: fold(choice[1]))]


def _web_address(_form: Any, field: Line) -> None:
    """Accept http(s) addresses of a host with a dot, and nothing that a browser would run."""
    if field.data and not is_web_address(field.data):
        raise ValidationError(
            gettext("Scrivi l’indirizzo per intero, ad esempio https://www.comune.esempio.it.")
        )


class OrganisationFields(Form):
    """What an administrator writes of a body, new or known."""

    name = Line(
        lazy_gettext("Nome dell’ente"),
        limit=LONGEST_NAME,
        description=lazy_gettext("Per intero, come nell’indice IPA: «Comune di Lecce»."),
    )
    acronym = Line(
        lazy_gettext("Sigla"),
        required=False,
        limit=40,
        description=lazy_gettext("Se l’ente ne usa una, ad esempio ARPA o ANCI."),
    )
    nature = SelectField(lazy_gettext("Natura"), coerce=Nature, default=Nature.PUBLIC)
    level = SelectField(lazy_gettext("Livello"), coerce=Level, default=Level.MUNICIPALITY)
    ipa_code = Line(
        lazy_gettext("Codice IPA"),
        required=False,
        limit=20,
        description=lazy_gettext(
            "Dall’indice delle pubbliche amministrazioni (indicepa.gov.it), ad esempio p_TN."
        ),
        validators=[
            Regexp(
                rf"^{IPA_CODE.pattern}$",
                message=lazy_gettext("Il codice IPA ha solo lettere, cifre, «_» e «-»."),
            )
        ],
    )
    territory = TerritoryField(
        lazy_gettext("Territorio"),
        description=lazy_gettext(
            "Regione, provincia o comune dove l’ente opera o ha sede: scrivi il nome."
        ),
    )
    country = SelectField(lazy_gettext("Paese"), default="IT")
    website = Line(
        lazy_gettext("Sito web"),
        required=False,
        limit=300,
        validators=[_web_address],
    )
    same_name = BooleanField(lazy_gettext("È un altro ente con lo stesso nome"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.twins: list[OrganisationLine] = []
        self.nature.choices = [(one, nature_label(one)) for one in Nature]
        self.level.choices = [(one, level_label(one)) for one in Level]
        self.country.choices = country_choices()

    def filter_website(self, text: str | None) -> str:
        """``www.comune.it`` is what people write."""
        text = normalise(text or "")
        return f"https://{text}" if text.lower().startswith("www.") else text

    def validate(self, extra_validators: Any = None) -> bool:
        if isinstance(self.level.data, Level):
            self.territory.preferred = _PREFERRED.get(self.level.data, ())
        return bool(super().validate(extra_validators=extra_validators))

    @property
    def values(self) -> OrganisationValues:
        """What was written, once the form was found valid."""
        return OrganisationValues(
            name=self.name.data or "",
            acronym=self.acronym.data or "",
            nature=self.nature.data,
            level=self.level.data,
            ipa_code=self.ipa_code.data or None,
            territory_id=self.territory.data,
            country=self.country.data,
            website=self.website.data or "",
        )

    @property
    def labels(self) -> dict[str, str]:
        """What the fields of ``values`` are called on the page."""
        fields = {name: self[name] for name in self._fields if name != "territory"}
        return {
            **{name: str(field.label.text) for name, field in fields.items()},
            "territory_id": str(self.territory.label.text),
        }

    def refuse_code(self, taken_by: OrganisationLine | None) -> None:
        """Say beside the field that another body has this code."""
        message = (
            gettext("Questo codice è già di: %(name)s.", name=taken_by.name)
            if taken_by
            else gettext("Questo codice è già di un altro ente.")
        )
        self.ipa_code.errors = [*self.ipa_code.errors, message]

    def refuse_name(self, twins: list[OrganisationLine]) -> None:
        """Ask whether it is another body than those of the same name."""
        self.twins = twins
        message = gettext(
            "Nel registro c’è già un ente con questo nome. Se è un altro, confermalo qui sotto."
        )
        self.name.errors = [*self.name.errors, message]


class NewOrganisation(OrganisationFields, SubmissionForm):
    """A body that enters the register."""


class EditedOrganisation(OrganisationFields):
    """A body whose entry is corrected."""

    version = VersionField()

    @classmethod
    def of(cls, organisation: Organisation) -> EditedOrganisation:
        """The form as it is first shown, with what stands in the register."""
        return cls(obj=organisation, territory=organisation.territory_id)


class Removal(Form):
    """Why a body leaves the register."""

    reason = Paragraphs(
        lazy_gettext("Motivo"),
        limit=1_000,
        description=lazy_gettext(
            "Resta nel registro delle attività, visibile agli amministratori."
        ),
    )
