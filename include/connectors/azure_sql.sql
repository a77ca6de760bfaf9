-- The registration database on Azure SQL or SQL Server, as the platform reads it.
-- For its owner to run once. Instants are epoch seconds, UTC. Registrations and logins are
-- copied, and updated_at tells the copying task what is new; profiles are read by Debezium
-- from the tables of SQL Server's change data capture.

CREATE TABLE dbo.registered_users (
    user_id bigint NOT NULL,
    device_id bigint NOT NULL,
    mac_address varchar(17) NOT NULL,
    registration_timestamp decimal(20, 6) NOT NULL,
    updated_at datetimeoffset NOT NULL DEFAULT SYSDATETIMEOFFSET(),
    PRIMARY KEY (user_id, device_id, mac_address, registration_timestamp)
);

CREATE TABLE dbo.gym_logins (
    mac_address varchar(17) NOT NULL,
    gym bigint NOT NULL,
    login decimal(20, 6) NOT NULL,
    logout decimal(20, 6) NULL,
    updated_at datetimeoffset NOT NULL DEFAULT SYSDATETIMEOFFSET(),
    PRIMARY KEY (mac_address, gym, login)
);

CREATE TABLE dbo.user_profile (
    user_id bigint NOT NULL PRIMARY KEY,
    dob date NULL,
    sex nvarchar(20) NULL,
    gender nvarchar(50) NULL,
    first_name nvarchar(200) NULL,
    last_name nvarchar(200) NULL,
    street_address nvarchar(400) NULL,
    city nvarchar(200) NULL,
    state nvarchar(50) NULL,
    zip varchar(20) NULL
);

-- A row here asks Debezium for something, such as to send all profiles once more.
CREATE TABLE dbo.debezium_signal (
    id varchar(64) NOT NULL PRIMARY KEY,
    type varchar(32) NOT NULL,
    data varchar(2048) NULL
);

CREATE INDEX registered_users_updated_at ON dbo.registered_users (updated_at);
CREATE INDEX gym_logins_updated_at ON dbo.gym_logins (updated_at);
GO

CREATE TRIGGER dbo.registered_users_touch ON dbo.registered_users AFTER UPDATE AS
    UPDATE changed SET updated_at = SYSDATETIMEOFFSET()
    FROM dbo.registered_users AS changed
    JOIN inserted ON inserted.user_id = changed.user_id
        AND inserted.device_id = changed.device_id
        AND inserted.mac_address = changed.mac_address
        AND inserted.registration_timestamp = changed.registration_timestamp;
GO

CREATE TRIGGER dbo.gym_logins_touch ON dbo.gym_logins AFTER UPDATE AS
    UPDATE changed SET updated_at = SYSDATETIMEOFFSET()
    FROM dbo.gym_logins AS changed
    JOIN inserted ON inserted.mac_address = changed.mac_address
        AND inserted.gym = changed.gym
        AND inserted.login = changed.login;
GO

ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON;
EXEC sys.sp_cdc_enable_db;
EXEC sys.sp_cdc_enable_table
    @source_schema = N'dbo', @source_name = N'user_profile', @role_name = NULL;
EXEC sys.sp_cdc_enable_table
    @source_schema = N'dbo', @source_name = N'debezium_signal', @role_name = NULL;
GO
