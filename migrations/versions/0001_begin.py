"""Begin: members, bodies, stories, twinnings, discussions, and what carries them.

Revision 0001; 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

import core.database

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attempts_action_key_at"), ["action", "key", "at"], unique=False
        )

    op.create_table(
        "events",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("on_behalf_of_id", sa.Integer(), nullable=True),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_actor_id_id"), ["actor_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_events_kind_object_id_id"), ["kind", "object_id", "id"], unique=False
        )

    op.create_table(
        "flags",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_flags")),
    )
    op.create_table(
        "members",
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=161), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "email_key",
            sa.String(length=254),
            nullable=False,
            comment="the address folded for comparison",
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "unconfirmed",
                "active",
                "suspended",
                "removed",
                name="memberstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("bio", sa.Text(), nullable=False),
        sa.Column("bio_html", sa.Text(), nullable=False),
        sa.Column("avatar", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column(
            "mail_frequency",
            sa.Enum(
                "weekly", "daily", "replies", name="mailfrequency", native_enum=False, length=30
            ),
            nullable=False,
        ),
        sa.Column(
            "sign_in_visibility",
            sa.Enum(
                "nobody", "members", "everybody", name="visibility", native_enum=False, length=30
            ),
            nullable=False,
        ),
        sa.Column("joined_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_sign_in_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("email_key", name=op.f("uq_members_email_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_members_slug")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_members_state_joined_at_id"), ["state", "joined_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_members_state_name"), ["state", "name"], unique=False)

    op.create_table(
        "programmes",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_it", sa.String(length=160), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("name_de", sa.String(length=160), nullable=False),
        sa.Column("fund", sa.String(length=40), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("code", name=op.f("uq_programmes_code")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "revisions",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint(
            "kind", "object_id", "version", name=op.f("uq_revisions_kind_object_id_version")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "slugs",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "slug", name=op.f("pk_slugs")),
    )
    op.create_table(
        "spaces",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spaces")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("spaces", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_spaces_kind_object_id"), ["kind", "object_id"], unique=False
        )

    op.create_table(
        "submissions",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submissions")),
    )
    op.create_table(
        "territories",
        sa.Column(
            "kind",
            sa.Enum(
                "region",
                "province",
                "municipality",
                name="territorykind",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("name_it", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_de", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("acronym", sa.String(length=2), nullable=False),
        sa.Column("istat_code", sa.String(length=6), nullable=False),
        sa.Column("nuts_code", sa.String(length=5), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["territories.id"], name=op.f("fk_territories_parent_id_territories")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["territories.id"], name=op.f("fk_territories_region_id_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territories")),
        sa.UniqueConstraint("kind", "istat_code", name=op.f("uq_territories_kind_istat_code")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("territories", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_territories_kind_name_it"), ["kind", "name_it"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_territories_kind_name_key"), ["kind", "name_key"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_territories_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_territories_region_id"), ["region_id"], unique=False)

    op.create_table(
        "test_mails",
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_test_mails_message_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("test_mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_test_mails_to"), ["to"], unique=False)

    op.create_table(
        "themes",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_it", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_de", sa.String(length=120), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["themes.id"], name=op.f("fk_themes_parent_id_themes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_themes")),
        sa.UniqueConstraint("code", name=op.f("uq_themes_code")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("themes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_themes_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "member_themes",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_themes_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_member_themes_theme_id_themes")
        ),
        sa.PrimaryKeyConstraint("member_id", "theme_id", name=op.f("pk_member_themes")),
    )
    with op.batch_alter_table("member_themes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_themes_theme_id"), ["theme_id"], unique=False)

    op.create_table(
        "organisations",
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("name_key", sa.String(length=250), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("acronym", sa.String(length=40), nullable=False),
        sa.Column(
            "nature",
            sa.Enum(
                "public", "private", "third_sector", name="nature", native_enum=False, length=30
            ),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum(
                "state",
                "region",
                "autonomous_province",
                "province",
                "municipality",
                "social_district",
                "school",
                "agency",
                "other",
                name="level",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("ipa_code", sa.String(length=20), nullable=True),
        sa.Column("ipa_key", sa.String(length=20), nullable=True),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum("active", "removed", name="organisationstate", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("verified_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"],
            ["territories.id"],
            name=op.f("fk_organisations_territory_id_territories"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("ipa_key", name=op.f("uq_organisations_ipa_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisations_slug")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisations_state_name_key"), ["state", "name_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_organisations_territory_id"), ["territory_id"], unique=False
        )

    op.create_table(
        "outbox",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("consumer", sa.String(length=40), nullable=False),
        sa.Column("due_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_outbox_event_id_events")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", "consumer", name=op.f("uq_outbox_event_id_consumer")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_consumer_due_at_id"), ["consumer", "due_at", "id"], unique=False
        )

    op.create_table(
        "queued_mails",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum("queued", "sent", "dropped", name="mailstate", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("queued_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_queued_mails_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_queued_mails_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queued_mails")),
        sa.UniqueConstraint(
            "event_id", "member_id", "rule", name=op.f("uq_queued_mails_event_id_member_id_rule")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("queued_mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queued_mails_member_id"), ["member_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_queued_mails_state_due_at_id"), ["state", "due_at", "id"], unique=False
        )

    op.create_table(
        "role_grants",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "coordinator",
                "editor",
                "evaluator",
                "moderator",
                "administrator",
                name="role",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("granted_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_role_grants_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", "role", name=op.f("pk_role_grants")),
    )
    op.create_table(
        "sign_in_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("started_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("ended_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_sign_in_sessions_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_sessions_token_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("sign_in_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sign_in_sessions_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "affiliations",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum("member", "contact", name="affiliationrole", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "accepted",
                "refused",
                "ended",
                name="affiliationstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("requested_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("ended_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_affiliations_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_affiliations_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliations")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_affiliations_member_id_state"), ["member_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_affiliations_organisation_id_state"),
            ["organisation_id", "state"],
            unique=False,
        )
        batch_op.create_index(
            "uq_affiliations_open",
            ["member_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('requested', 'accepted')"),
            postgresql_where=sa.text("state IN ('requested', 'accepted')"),
        )

    op.create_table(
        "practices",
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("offer", "seek", name="practicekind", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "changes_requested",
                "rejected",
                "published",
                "validated",
                "outdated",
                "archived",
                "removed",
                name="practicestate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("resources", sa.Text(), nullable=False),
        sa.Column("time_scale", sa.Text(), nullable=False),
        sa.Column("difficulties", sa.Text(), nullable=False),
        sa.Column("transferability", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column("problem_html", sa.Text(), nullable=False),
        sa.Column("solution_html", sa.Text(), nullable=False),
        sa.Column("results_html", sa.Text(), nullable=False),
        sa.Column("resources_html", sa.Text(), nullable=False),
        sa.Column("time_scale_html", sa.Text(), nullable=False),
        sa.Column("difficulties_html", sa.Text(), nullable=False),
        sa.Column("transferability_html", sa.Text(), nullable=False),
        sa.Column("links_html", sa.Text(), nullable=False),
        sa.Column("need_html", sa.Text(), nullable=False),
        sa.Column("context_html", sa.Text(), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("published_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_practices_author_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_practices_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_practices_space_id_spaces")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territories.id"], name=op.f("fk_practices_territory_id_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practices")),
        sa.UniqueConstraint("slug", name=op.f("uq_practices_slug")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("practices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practices_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_practices_kind_published_at_id"),
            ["kind", "published_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_practices_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_practices_space_id"), ["space_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_practices_state_submitted_at_id"),
            ["state", "submitted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_practices_territory_id"), ["territory_id"], unique=False
        )

    op.create_table(
        "space_grants",
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("from_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("to_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(organisation_id IS NULL) <> (member_id IS NULL)",
            name=op.f("ck_space_grants_one_of_body_and_member"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_space_grants_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_space_grants_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_space_grants_space_id_spaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space_grants")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("space_grants", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_space_grants_member_id_space_id"),
            ["member_id", "space_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_space_grants_organisation_id_space_id"),
            ["organisation_id", "space_id"],
            unique=False,
        )

    op.create_table(
        "threads",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("introduction_html", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "open",
                "closed",
                "removed",
                name="threadstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_for_id", sa.Integer(), nullable=True),
        sa.Column("post_count", sa.Integer(), nullable=False),
        sa.Column("participant_count", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_threads_author_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["members.id"], name=op.f("fk_threads_closed_by_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["closed_for_id"],
            ["organisations.id"],
            name=op.f("fk_threads_closed_for_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_threads_space_id_spaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_threads_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_threads_last_at_id"), ["last_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_threads_subject_kind_subject_id_last_at"),
            ["subject_kind", "subject_id", "last_at"],
            unique=False,
        )

    op.create_table(
        "posts",
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("on_behalf_of_id", sa.Integer(), nullable=True),
        sa.Column("reply_to_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "visible",
                "hidden",
                "removed",
                name="poststate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("held_because", sa.String(length=200), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("edited_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("published_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision_reason", sa.String(length=1000), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_posts_author_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["members.id"], name=op.f("fk_posts_decided_by_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"],
            ["organisations.id"],
            name=op.f("fk_posts_on_behalf_of_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["reply_to_id"], ["posts.id"], name=op.f("fk_posts_reply_to_id_posts")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("fk_posts_thread_id_threads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("thread_id", "number", name=op.f("uq_posts_thread_id_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_posts_author_id_thread_id"), ["author_id", "thread_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_posts_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_posts_thread_id_state_number_author_id_published_at"),
            ["thread_id", "state", "number", "author_id", "published_at"],
            unique=False,
        )

    op.create_table(
        "practice_themes",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_practice_themes_practice_id_practices")
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_practice_themes_theme_id_themes")
        ),
        sa.PrimaryKeyConstraint("practice_id", "theme_id", name=op.f("pk_practice_themes")),
    )
    with op.batch_alter_table("practice_themes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_themes_theme_id"), ["theme_id"], unique=False)

    op.create_table(
        "twinnings",
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("acronym", sa.String(length=40), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("objectives", sa.Text(), nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("solution_html", sa.Text(), nullable=False),
        sa.Column("objectives_html", sa.Text(), nullable=False),
        sa.Column("results_html", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "proposed",
                "changes_requested",
                "rejected",
                "active",
                "suspended",
                "concluded",
                "archived",
                "removed",
                name="twinningstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "visibility",
            sa.Enum("public", "partners", name="twinningvisibility", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("practice_id", sa.Integer(), nullable=True),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("coordinator_id", sa.Integer(), nullable=True),
        sa.Column("funding", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coordinator_id"], ["members.id"], name=op.f("fk_twinnings_coordinator_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_twinnings_practice_id_practices")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_twinnings_programme_id_programmes")
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_twinnings_space_id_spaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_twinnings")),
        sa.UniqueConstraint("slug", name=op.f("uq_twinnings_slug")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("twinnings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_twinnings_coordinator_id"), ["coordinator_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_twinnings_practice_id"), ["practice_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_twinnings_programme_id"), ["programme_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_twinnings_state_visibility_updated_at_id"),
            ["state", "visibility", "updated_at", "id"],
            unique=False,
        )

    op.create_table(
        "participations",
        sa.Column("twinning_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "giver",
                "receiver",
                "coordinator",
                "national",
                name="participationrole",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "accepted",
                "refused",
                "withdrawn",
                "on_record",
                name="participationstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "unit",
            sa.String(length=200),
            nullable=False,
            comment="the office of the body that does the work",
        ),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("invited_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "act",
            sa.String(length=300),
            nullable=False,
            comment="the act from which a past acceptance was recorded",
        ),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["members.id"],
            name=op.f("fk_participations_answered_by_id_members"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["members.id"], name=op.f("fk_participations_contact_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_participations_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["twinning_id"], ["twinnings.id"], name=op.f("fk_participations_twinning_id_twinnings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participations")),
        sa.UniqueConstraint(
            "twinning_id",
            "organisation_id",
            "role",
            name=op.f("uq_participations_twinning_id_organisation_id_role"),
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("participations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_participations_organisation_id_state"),
            ["organisation_id", "state"],
            unique=False,
        )

    op.create_table(
        "twinning_themes",
        sa.Column("twinning_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_twinning_themes_theme_id_themes")
        ),
        sa.ForeignKeyConstraint(
            ["twinning_id"], ["twinnings.id"], name=op.f("fk_twinning_themes_twinning_id_twinnings")
        ),
        sa.PrimaryKeyConstraint("twinning_id", "theme_id", name=op.f("pk_twinning_themes")),
    )
    with op.batch_alter_table("twinning_themes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_twinning_themes_theme_id"), ["theme_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
