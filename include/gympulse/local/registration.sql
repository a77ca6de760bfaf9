-- The registration database: what the app and the turnstiles write.
-- Instants are epoch seconds, UTC; updated_at tells the copying task what is new.

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
