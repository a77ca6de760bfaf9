-- The registration database: what the app and the turnstiles write.
-- Instants are epoch seconds, UTC. Registrations and logins are copied, and updated_at tells
-- the copying task what is new; profiles are read from the log, by Debezium.

CREATE TABLE IF NOT EXISTS registered_users (
    user_id bigint NOT NULL,
    device_id bigint NOT NULL,
    mac_address text NOT NULL,
    registration_timestamp numeric NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, device_id, mac_address, registration_timestamp)
);

CREATE TABLE IF NOT EXISTS gym_logins (
    mac_address text NOT NULL,
    gym bigint NOT NULL,
    login numeric NOT NULL,
    logout numeric,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (mac_address, gym, login)
);

CREATE INDEX IF NOT EXISTS registered_users_updated_at ON registered_users (updated_at);
CREATE INDEX IF NOT EXISTS gym_logins_updated_at ON gym_logins (updated_at);

CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER set_updated_at BEFORE UPDATE ON registered_users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE OR REPLACE TRIGGER set_updated_at BEFORE UPDATE ON gym_logins
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE IF NOT EXISTS user_profile (
    user_id bigint PRIMARY KEY,
    dob date,
    sex text,
    gender text,
    first_name text,
    last_name text,
    street_address text,
    city text,
    state text,
    zip text
);

-- A row here asks Debezium for something, such as to send all profiles once more.
CREATE TABLE IF NOT EXISTS debezium_signal (
    id text PRIMARY KEY,
    type text NOT NULL,
    data text
);

GRANT SELECT ON user_profile, debezium_signal TO debezium;
GRANT INSERT ON debezium_signal TO debezium;

DO $$
BEGIN
    -- Else a long text that an update leaves as it is would be missing from the change.
    IF (SELECT relreplident FROM pg_class WHERE oid = 'user_profile'::regclass) <> 'f' THEN
        ALTER TABLE user_profile REPLICA IDENTITY FULL;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'gympulse_user_profile') THEN
        CREATE PUBLICATION gympulse_user_profile FOR TABLE user_profile, debezium_signal;
    END IF;
END
$$;
