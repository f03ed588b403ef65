"""A mail may have editions: arms of a test, and languages. Problems of a template may be ignored with a reason.

The statements are written out: a revision says for ever what it said on the day it was made.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = (
    "ALTER TABLE template ADD COLUMN root_id {id}",
    "ALTER TABLE template ADD COLUMN arm SMALLINT DEFAULT '0' NOT NULL",
    "ALTER TABLE template ADD COLUMN language VARCHAR(20) DEFAULT '' NOT NULL",
    "ALTER TABLE template ADD COLUMN test JSON",
    "CREATE INDEX ix_template_root_id ON template (root_id)",
    "CREATE UNIQUE INDEX uq_template_edition ON template (root_id, arm, language)"
    " WHERE root_id is not null and not archived",
    "ALTER TABLE template_version ADD COLUMN ignored JSON",
    "ALTER TABLE delivery ADD COLUMN arm SMALLINT DEFAULT '0' NOT NULL",
    """CREATE TABLE campaign_test (
    campaign_id {id} NOT NULL,
    rules JSON NOT NULL,
    CONSTRAINT pk_campaign_test PRIMARY KEY (campaign_id),
    CONSTRAINT fk_campaign_test_campaign_id_campaign FOREIGN KEY(campaign_id) REFERENCES campaign (id)
        ON DELETE CASCADE
)""",
)


def upgrade() -> None:
    connection = op.get_bind()
    id_type = "BIGINT" if connection.dialect.name == "postgresql" else "INTEGER"
    for statement in _STATEMENTS:
        connection.exec_driver_sql(statement.format(id=id_type))
