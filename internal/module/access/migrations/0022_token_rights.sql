-- +goose Up

-- The names of the rights an API token may use among those of its owner, separated
-- by spaces; empty is all of them.
ALTER TABLE api_token ADD COLUMN rights {text} NOT NULL DEFAULT '';
