package op

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"hash"
	"io"

	"wasl/internal/kernel/fault"
)

// canonical is the input as stored and hashed: typed, in field order, without
// what is secret.
func (d *Def) canonical(in any) ([]byte, error) {
	plain, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	var secret []string
	for _, f := range d.Fields {
		if f.Secret {
			secret = append(secret, f.Name)
		}
	}
	if len(secret) == 0 {
		return plain, nil
	}
	m := map[string]any{}
	dec := json.NewDecoder(bytes.NewReader(plain))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		return nil, err
	}
	for _, name := range secret {
		delete(m, name)
	}
	return json.Marshal(m)
}

// identity is what a key stands for: the operation and its input, whose secrets are
// in it by a keyed digest. Another password under the same key is another input.
func (r *Runner) identity(d *Def, in any, canonical []byte) ([]byte, error) {
	sum := sha256.New()
	_, _ = io.WriteString(sum, d.Name+"\n")
	_, _ = sum.Write(canonical)
	var mac hash.Hash
	for i := range d.Fields {
		f := &d.Fields[i]
		if !f.Secret {
			continue
		}
		body, err := json.Marshal(f.value(in))
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "internal")
		}
		if mac == nil {
			r.first.once.Do(r.begin)
			mac = hmac.New(sha256.New, r.first.pepper)
		}
		_, _ = mac.Write(append(body, '\n'))
	}
	if mac != nil {
		_, _ = sum.Write(mac.Sum(nil))
	}
	return sum.Sum(nil), nil
}
