-- registration.sql grants to this role what Debezium reads.
CREATE ROLE debezium LOGIN REPLICATION;
