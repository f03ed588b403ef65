CREATE TABLE allowance (
	route TEXT NOT NULL,
	next_at BIGINT,
	day INTEGER DEFAULT '0' NOT NULL,
	used INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_allowance PRIMARY KEY (route)
);

CREATE TABLE audit (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT DEFAULT '' NOT NULL,
	action TEXT DEFAULT '' NOT NULL,
	subject TEXT DEFAULT '' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	details JSON NOT NULL,
	hash VARCHAR(64) NOT NULL,
	CONSTRAINT pk_audit PRIMARY KEY (id)
);

CREATE TABLE campaign (
	id INTEGER NOT NULL,
	name TEXT NOT NULL,
	state VARCHAR(10) NOT NULL,
	pause_reason TEXT DEFAULT '' NOT NULL,
	origin VARCHAR(10) DEFAULT 'launch' NOT NULL,
	template_id INTEGER NOT NULL,
	version_id INTEGER NOT NULL,
	template_name TEXT DEFAULT '' NOT NULL,
	transport TEXT NOT NULL,
	rate_limit_per_s FLOAT,
	per_hour INTEGER,
	approved INTEGER,
	audience INTEGER DEFAULT '0' NOT NULL,
	fanout_cursor INTEGER DEFAULT '0' NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT DEFAULT '' NOT NULL,
	grace_until BIGINT,
	started_at BIGINT,
	finished_at BIGINT,
	frozen JSON NOT NULL,
	CONSTRAINT pk_campaign PRIMARY KEY (id)
);

CREATE INDEX ix_campaign_created_at_id ON campaign (created_at, id);

CREATE INDEX ix_campaign_state ON campaign (state);

CREATE INDEX ix_campaign_template_id ON campaign (template_id);

CREATE TABLE consent_event (
	id INTEGER NOT NULL,
	subscriber_id INTEGER NOT NULL,
	at BIGINT,
	recorded_at BIGINT NOT NULL,
	state VARCHAR(12) NOT NULL,
	source TEXT DEFAULT '' NOT NULL,
	wording TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_consent_event PRIMARY KEY (id)
);

CREATE INDEX ix_consent_event_subscriber_id ON consent_event (subscriber_id);

CREATE TABLE feedback_event (
	id INTEGER NOT NULL,
	day DATE NOT NULL,
	source VARCHAR(40) NOT NULL,
	event_key BLOB NOT NULL,
	kind VARCHAR(12) NOT NULL,
	subkind VARCHAR(20) DEFAULT '' NOT NULL,
	who VARCHAR(8) NOT NULL,
	occurred_at BIGINT NOT NULL,
	received_at BIGINT NOT NULL,
	delivery_id INTEGER,
	campaign_id INTEGER,
	link INTEGER,
	recipient TEXT DEFAULT '' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	user_agent TEXT DEFAULT '' NOT NULL,
	ip VARCHAR(45) DEFAULT '' NOT NULL,
	CONSTRAINT pk_feedback_event PRIMARY KEY (id),
	CONSTRAINT uq_feedback_event_day_source_event_key UNIQUE (day, source, event_key)
);

CREATE INDEX ix_feedback_event_delivery_id ON feedback_event (delivery_id);

CREATE INDEX ix_feedback_event_occurred_at_id ON feedback_event (occurred_at, id);

CREATE TABLE import_run (
	id INTEGER NOT NULL,
	kind VARCHAR(12) NOT NULL,
	format VARCHAR(20) DEFAULT '' NOT NULL,
	file TEXT DEFAULT '' NOT NULL,
	started_at BIGINT NOT NULL,
	finished_at BIGINT,
	n_read BIGINT DEFAULT '0' NOT NULL,
	n_accepted BIGINT DEFAULT '0' NOT NULL,
	n_unchanged BIGINT DEFAULT '0' NOT NULL,
	n_rejected BIGINT DEFAULT '0' NOT NULL,
	state VARCHAR(10) DEFAULT '' NOT NULL,
	CONSTRAINT pk_import_run PRIMARY KEY (id)
);

CREATE TABLE instance (
	id INTEGER NOT NULL,
	uuid VARCHAR(36) NOT NULL,
	created_at BIGINT NOT NULL,
	token_key BLOB NOT NULL,
	is_sample BOOLEAN DEFAULT false NOT NULL,
	stopped_at BIGINT,
	stopped_by TEXT DEFAULT '' NOT NULL,
	stop_reason TEXT DEFAULT '' NOT NULL,
	home JSON,
	pulse BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT pk_instance PRIMARY KEY (id)
);

CREATE TABLE parked_interest (
	id INTEGER NOT NULL,
	sku_key TEXT NOT NULL,
	data JSON NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_parked_interest PRIMARY KEY (id)
);

CREATE INDEX ix_parked_interest_sku_key ON parked_interest (sku_key);

CREATE TABLE product (
	id INTEGER NOT NULL,
	source VARCHAR(60) NOT NULL,
	source_key VARCHAR(300) NOT NULL,
	handle TEXT DEFAULT '' NOT NULL,
	title TEXT NOT NULL,
	description_html TEXT DEFAULT '' NOT NULL,
	vendor TEXT DEFAULT '' NOT NULL,
	type TEXT DEFAULT '' NOT NULL,
	tags JSON NOT NULL,
	status VARCHAR(12) NOT NULL,
	url TEXT DEFAULT '' NOT NULL,
	image_url TEXT DEFAULT '' NOT NULL,
	extras JSON NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	CONSTRAINT pk_product PRIMARY KEY (id),
	CONSTRAINT uq_product_source_source_key UNIQUE (source, source_key)
);

CREATE INDEX ix_product_title_id ON product (title, id);

CREATE TABLE restock_event (
	id INTEGER NOT NULL,
	variant_id INTEGER NOT NULL,
	product_id INTEGER NOT NULL,
	restock_seq INTEGER NOT NULL,
	occurred_at BIGINT NOT NULL,
	due_at BIGINT NOT NULL,
	"before" INTEGER,
	"after" INTEGER,
	state VARCHAR(10) DEFAULT 'open' NOT NULL,
	product_title TEXT DEFAULT '' NOT NULL,
	sku TEXT DEFAULT '' NOT NULL,
	snapshot JSON NOT NULL,
	CONSTRAINT pk_restock_event PRIMARY KEY (id),
	CONSTRAINT uq_restock_event_variant_id_restock_seq UNIQUE (variant_id, restock_seq)
);

CREATE INDEX ix_restock_event_occurred_at_id ON restock_event (occurred_at, id);

CREATE INDEX ix_restock_event_product_id ON restock_event (product_id);

CREATE INDEX ix_restock_event_product_title_id ON restock_event (product_title, id);

CREATE TABLE rollup_all (
	hour INTEGER NOT NULL,
	sent BIGINT DEFAULT '0' NOT NULL,
	failed BIGINT DEFAULT '0' NOT NULL,
	skipped BIGINT DEFAULT '0' NOT NULL,
	in_doubt BIGINT DEFAULT '0' NOT NULL,
	handed_over BIGINT DEFAULT '0' NOT NULL,
	delivered BIGINT DEFAULT '0' NOT NULL,
	bounced BIGINT DEFAULT '0' NOT NULL,
	bounced_hard BIGINT DEFAULT '0' NOT NULL,
	bounced_soft BIGINT DEFAULT '0' NOT NULL,
	rejected BIGINT DEFAULT '0' NOT NULL,
	complained BIGINT DEFAULT '0' NOT NULL,
	unsubscribed BIGINT DEFAULT '0' NOT NULL,
	opened BIGINT DEFAULT '0' NOT NULL,
	opened_human BIGINT DEFAULT '0' NOT NULL,
	opened_machine BIGINT DEFAULT '0' NOT NULL,
	opened_unknown BIGINT DEFAULT '0' NOT NULL,
	clicked BIGINT DEFAULT '0' NOT NULL,
	clicked_human BIGINT DEFAULT '0' NOT NULL,
	clicked_machine BIGINT DEFAULT '0' NOT NULL,
	clicked_unknown BIGINT DEFAULT '0' NOT NULL,
	opens_total BIGINT DEFAULT '0' NOT NULL,
	clicks_total BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT pk_rollup_all PRIMARY KEY (hour)
);

CREATE TABLE rollup_hour (
	campaign_id INTEGER NOT NULL,
	hour INTEGER NOT NULL,
	sent BIGINT DEFAULT '0' NOT NULL,
	failed BIGINT DEFAULT '0' NOT NULL,
	skipped BIGINT DEFAULT '0' NOT NULL,
	in_doubt BIGINT DEFAULT '0' NOT NULL,
	handed_over BIGINT DEFAULT '0' NOT NULL,
	delivered BIGINT DEFAULT '0' NOT NULL,
	bounced BIGINT DEFAULT '0' NOT NULL,
	bounced_hard BIGINT DEFAULT '0' NOT NULL,
	bounced_soft BIGINT DEFAULT '0' NOT NULL,
	rejected BIGINT DEFAULT '0' NOT NULL,
	complained BIGINT DEFAULT '0' NOT NULL,
	unsubscribed BIGINT DEFAULT '0' NOT NULL,
	opened BIGINT DEFAULT '0' NOT NULL,
	opened_human BIGINT DEFAULT '0' NOT NULL,
	opened_machine BIGINT DEFAULT '0' NOT NULL,
	opened_unknown BIGINT DEFAULT '0' NOT NULL,
	clicked BIGINT DEFAULT '0' NOT NULL,
	clicked_human BIGINT DEFAULT '0' NOT NULL,
	clicked_machine BIGINT DEFAULT '0' NOT NULL,
	clicked_unknown BIGINT DEFAULT '0' NOT NULL,
	opens_total BIGINT DEFAULT '0' NOT NULL,
	clicks_total BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT pk_rollup_hour PRIMARY KEY (campaign_id, hour)
)
 WITHOUT ROWID;

CREATE INDEX ix_rollup_hour_hour ON rollup_hour (hour);

CREATE TABLE rollup_link (
	campaign_id INTEGER NOT NULL,
	link INTEGER NOT NULL,
	who VARCHAR(8) NOT NULL,
	n BIGINT DEFAULT '0' NOT NULL,
	uniq BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT pk_rollup_link PRIMARY KEY (campaign_id, link, who)
);

CREATE TABLE setting (
	"key" VARCHAR(60) NOT NULL,
	value JSON NOT NULL,
	updated_at BIGINT NOT NULL,
	CONSTRAINT pk_setting PRIMARY KEY ("key")
);

CREATE TABLE stock_change (
	id INTEGER NOT NULL,
	variant_id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	"before" INTEGER,
	"after" INTEGER,
	source TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_stock_change PRIMARY KEY (id)
);

CREATE INDEX ix_stock_change_variant_id_at ON stock_change (variant_id, at);

CREATE TABLE subscriber (
	id INTEGER NOT NULL,
	email TEXT NOT NULL,
	email_key TEXT NOT NULL,
	custom_id TEXT,
	first_name TEXT DEFAULT '' NOT NULL,
	last_name TEXT DEFAULT '' NOT NULL,
	locale VARCHAR(20) DEFAULT '' NOT NULL,
	timezone VARCHAR(60) DEFAULT '' NOT NULL,
	attributes JSON,
	consent VARCHAR(12) DEFAULT 'unstated' NOT NULL,
	consent_confirmed BOOLEAN DEFAULT true NOT NULL,
	consent_at BIGINT,
	consent_source TEXT DEFAULT '' NOT NULL,
	suppressed VARCHAR(16),
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	CONSTRAINT pk_subscriber PRIMARY KEY (id)
);

CREATE INDEX ix_subscriber_created_at_id ON subscriber (created_at, id);

CREATE INDEX ix_subscriber_email_id ON subscriber (email, id);

CREATE INDEX ix_subscriber_first_name_id ON subscriber (first_name, id);

CREATE INDEX ix_subscriber_last_name_id ON subscriber (last_name, id);

CREATE UNIQUE INDEX uq_subscriber_custom_id ON subscriber (custom_id);

CREATE UNIQUE INDEX uq_subscriber_email_key ON subscriber (email_key);

CREATE TABLE suppression (
	email_key TEXT NOT NULL,
	reason VARCHAR(16) NOT NULL,
	at BIGINT NOT NULL,
	source TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_suppression PRIMARY KEY (email_key)
);

CREATE TABLE template (
	id INTEGER NOT NULL,
	name VARCHAR(200) NOT NULL,
	archived BOOLEAN DEFAULT false NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	version_id INTEGER,
	CONSTRAINT pk_template PRIMARY KEY (id),
	CONSTRAINT uq_template_name UNIQUE (name)
);

CREATE TABLE worker (
	name TEXT NOT NULL,
	host TEXT DEFAULT '' NOT NULL,
	pid INTEGER NOT NULL,
	slots INTEGER NOT NULL,
	since BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	busy INTEGER NOT NULL,
	n_sent BIGINT NOT NULL,
	n_batches BIGINT NOT NULL,
	n_errors BIGINT NOT NULL,
	n_reconnects INTEGER NOT NULL,
	rate_per_s FLOAT NOT NULL,
	CONSTRAINT pk_worker PRIMARY KEY (name)
);

CREATE TABLE brake (
	campaign_id INTEGER NOT NULL,
	next_at BIGINT,
	hour INTEGER DEFAULT '0' NOT NULL,
	used INTEGER DEFAULT '0' NOT NULL,
	hold_until BIGINT,
	hold_why TEXT DEFAULT '' NOT NULL,
	expected_at BIGINT,
	in_a_row INTEGER DEFAULT '0' NOT NULL,
	worst INTEGER DEFAULT '0' NOT NULL,
	refusal TEXT DEFAULT '' NOT NULL,
	doubts INTEGER DEFAULT '0' NOT NULL,
	released JSON,
	CONSTRAINT pk_brake PRIMARY KEY (campaign_id),
	CONSTRAINT fk_brake_campaign_id_campaign FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE CASCADE
);

CREATE TABLE campaign_event (
	campaign_id INTEGER NOT NULL,
	event_id INTEGER NOT NULL,
	CONSTRAINT pk_campaign_event PRIMARY KEY (campaign_id, event_id),
	CONSTRAINT fk_campaign_event_campaign_id_campaign FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE CASCADE
);

CREATE INDEX ix_campaign_event_event_id ON campaign_event (event_id);

CREATE TABLE delivery (
	id INTEGER NOT NULL,
	campaign_id INTEGER NOT NULL,
	subscriber_id INTEGER NOT NULL,
	batch_no INTEGER NOT NULL,
	state VARCHAR(8) NOT NULL,
	fence INTEGER DEFAULT '0' NOT NULL,
	attempts SMALLINT DEFAULT '0' NOT NULL,
	due_at BIGINT,
	state_at BIGINT NOT NULL,
	started_at BIGINT,
	sent_at BIGINT,
	reason TEXT DEFAULT '' NOT NULL,
	cause TEXT DEFAULT '' NOT NULL,
	receipt TEXT DEFAULT '' NOT NULL,
	message_hash VARCHAR(64) DEFAULT '' NOT NULL,
	first_delivered_at BIGINT,
	first_open_at BIGINT,
	first_click_at BIGINT,
	outcome VARCHAR(12),
	seen INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_delivery PRIMARY KEY (id),
	CONSTRAINT uq_delivery_campaign_id_subscriber_id UNIQUE (campaign_id, subscriber_id),
	CONSTRAINT ck_delivery_state CHECK (state in ('queued','claimed','started','sent','deferred','failed','in_doubt','skipped')),
	CONSTRAINT fk_delivery_campaign_id_campaign FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE CASCADE
);

CREATE INDEX ix_delivery_open ON delivery (campaign_id, batch_no) WHERE state in ('queued','claimed','started','deferred');

CREATE INDEX ix_delivery_problem ON delivery (campaign_id, state, cause) WHERE state in ('deferred','failed','in_doubt','skipped');

CREATE INDEX ix_delivery_subscriber_id ON delivery (subscriber_id);

CREATE TABLE import_error (
	id INTEGER NOT NULL,
	run_id INTEGER NOT NULL,
	line BIGINT NOT NULL,
	field TEXT DEFAULT '' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	raw TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_import_error PRIMARY KEY (id),
	CONSTRAINT fk_import_error_run_id_import_run FOREIGN KEY(run_id) REFERENCES import_run (id) ON DELETE CASCADE
);

CREATE INDEX ix_import_error_run_id ON import_error (run_id);

CREATE TABLE send_batch (
	campaign_id INTEGER NOT NULL,
	batch_no INTEGER NOT NULL,
	state SMALLINT DEFAULT '0' NOT NULL,
	fence INTEGER DEFAULT '0' NOT NULL,
	owner TEXT,
	lease_until BIGINT,
	due_at BIGINT,
	n_queued INTEGER DEFAULT '0' NOT NULL,
	n_claimed INTEGER DEFAULT '0' NOT NULL,
	n_started INTEGER DEFAULT '0' NOT NULL,
	n_sent INTEGER DEFAULT '0' NOT NULL,
	n_deferred INTEGER DEFAULT '0' NOT NULL,
	n_failed INTEGER DEFAULT '0' NOT NULL,
	n_in_doubt INTEGER DEFAULT '0' NOT NULL,
	n_skipped INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_send_batch PRIMARY KEY (campaign_id, batch_no),
	CONSTRAINT ck_send_batch_state CHECK (state in (0, 1, 2)),
	CONSTRAINT fk_send_batch_campaign_id_campaign FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_send_batch_open ON send_batch (campaign_id, batch_no) WHERE state < 2;

CREATE TABLE template_version (
	id INTEGER NOT NULL,
	template_id INTEGER NOT NULL,
	number INTEGER NOT NULL,
	kind VARCHAR(6) NOT NULL,
	subject TEXT NOT NULL,
	preheader TEXT DEFAULT '' NOT NULL,
	sender_name TEXT DEFAULT '' NOT NULL,
	sender_email TEXT DEFAULT '' NOT NULL,
	reply_to TEXT DEFAULT '' NOT NULL,
	source TEXT NOT NULL,
	text TEXT,
	label TEXT DEFAULT '' NOT NULL,
	author TEXT DEFAULT '' NOT NULL,
	saved_at BIGINT NOT NULL,
	CONSTRAINT pk_template_version PRIMARY KEY (id),
	CONSTRAINT uq_template_version_template_id_number UNIQUE (template_id, number),
	CONSTRAINT fk_template_version_template_id_template FOREIGN KEY(template_id) REFERENCES template (id) ON DELETE CASCADE
);

CREATE TABLE variant (
	id INTEGER NOT NULL,
	product_id INTEGER NOT NULL,
	source_key VARCHAR(300) NOT NULL,
	sku TEXT DEFAULT '' NOT NULL,
	sku_key TEXT DEFAULT '' NOT NULL,
	title TEXT DEFAULT '' NOT NULL,
	options JSON NOT NULL,
	barcode TEXT DEFAULT '' NOT NULL,
	price BIGINT,
	compare_at_price BIGINT,
	currency VARCHAR(3) DEFAULT '' NOT NULL,
	image_url TEXT DEFAULT '' NOT NULL,
	url TEXT DEFAULT '' NOT NULL,
	inventory_item_id VARCHAR(40) DEFAULT '' NOT NULL,
	stock INTEGER,
	availability VARCHAR(12) NOT NULL,
	oversell BOOLEAN NOT NULL,
	stock_from_parent BOOLEAN NOT NULL,
	stock_observed_at BIGINT,
	restock_seq INTEGER DEFAULT '0' NOT NULL,
	waiting INTEGER DEFAULT '0' NOT NULL,
	product_title TEXT DEFAULT '' NOT NULL,
	updated_at BIGINT NOT NULL,
	CONSTRAINT pk_variant PRIMARY KEY (id),
	CONSTRAINT uq_variant_product_id_source_key UNIQUE (product_id, source_key),
	CONSTRAINT fk_variant_product_id_product FOREIGN KEY(product_id) REFERENCES product (id) ON DELETE CASCADE
);

CREATE INDEX ix_variant_inventory_item_id ON variant (inventory_item_id);

CREATE INDEX ix_variant_price_id ON variant (price, id);

CREATE INDEX ix_variant_product_title_id ON variant (product_title, id);

CREATE INDEX ix_variant_sku_id ON variant (sku, id);

CREATE INDEX ix_variant_sku_key ON variant (sku_key);

CREATE INDEX ix_variant_stock_id ON variant (stock, id);

CREATE INDEX ix_variant_updated_at_id ON variant (updated_at, id);

CREATE INDEX ix_variant_waiting_id ON variant (waiting, id);

CREATE TABLE delivery_payload (
	delivery_id INTEGER NOT NULL,
	email TEXT NOT NULL,
	person JSON NOT NULL,
	event_ids JSON NOT NULL,
	interests JSON NOT NULL,
	CONSTRAINT pk_delivery_payload PRIMARY KEY (delivery_id),
	CONSTRAINT fk_delivery_payload_delivery_id_delivery FOREIGN KEY(delivery_id) REFERENCES delivery (id) ON DELETE CASCADE
);

CREATE TABLE interest (
	id INTEGER NOT NULL,
	subscriber_id INTEGER NOT NULL,
	variant_id INTEGER NOT NULL,
	state VARCHAR(10) DEFAULT 'waiting' NOT NULL,
	units INTEGER DEFAULT '1' NOT NULL,
	created_at BIGINT NOT NULL,
	source TEXT DEFAULT '' NOT NULL,
	wording TEXT DEFAULT '' NOT NULL,
	notified_event_id INTEGER,
	ordered_at BIGINT,
	CONSTRAINT pk_interest PRIMARY KEY (id),
	CONSTRAINT uq_interest_variant_id_subscriber_id UNIQUE (variant_id, subscriber_id),
	CONSTRAINT fk_interest_subscriber_id_subscriber FOREIGN KEY(subscriber_id) REFERENCES subscriber (id) ON DELETE CASCADE,
	CONSTRAINT fk_interest_variant_id_variant FOREIGN KEY(variant_id) REFERENCES variant (id) ON DELETE CASCADE
);

CREATE INDEX ix_interest_created_at_id ON interest (created_at, id);

CREATE INDEX ix_interest_subscriber_id ON interest (subscriber_id);

CREATE INDEX ix_interest_variant_id_state_subscriber_id ON interest (variant_id, state, subscriber_id);

CREATE TABLE stock_level (
	variant_id INTEGER NOT NULL,
	location VARCHAR(120) NOT NULL,
	quantity INTEGER,
	observed_at BIGINT NOT NULL,
	CONSTRAINT pk_stock_level PRIMARY KEY (variant_id, location),
	CONSTRAINT fk_stock_level_variant_id_variant FOREIGN KEY(variant_id) REFERENCES variant (id) ON DELETE CASCADE
);

