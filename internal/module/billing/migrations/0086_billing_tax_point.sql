-- +goose Up

-- rated_at_issue holds the services, one a line, whose bills have the VAT rates of the day of
-- the bill; tax_date is that day in such a bill, and absent from the others, which have the
-- rates of the last day supplied. drafted_at and issued_at are when a part was computed and
-- put out.
ALTER TABLE billing_run ADD COLUMN rated_at_issue {text} NOT NULL DEFAULT '';
ALTER TABLE bill ADD COLUMN tax_date {date};
ALTER TABLE billing_chunk ADD COLUMN drafted_at {instant};
ALTER TABLE billing_chunk ADD COLUMN issued_at {instant};
