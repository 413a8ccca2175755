package backup

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/crypto/argon2"

	"wasl/internal/kernel/fault"
)

// Bounds and costs of the encryption of private keys: argon2id, then
// AES-256-GCM.
const (
	// PassphraseMin is the shortest passphrase accepted, in bytes.
	PassphraseMin = 12

	keysMemoryKiB = 64 << 10
	keysTime      = 3
	keysThreads   = 1
	keysBytes     = 32
	keysSaltBytes = 16
	keyFileMax    = 1 << 20
	keysFileMax   = 64 << 20
)

// locked is the content of keys.enc.
type locked struct {
	KDF       string `json:"kdf"`
	MemoryKiB uint32 `json:"memory_kib"`
	Time      uint32 `json:"time"`
	Threads   uint8  `json:"threads"`
	Cipher    string `json:"cipher"`
	Salt      []byte `json:"salt"`
	Nonce     []byte `json:"nonce"`
	Data      []byte `json:"data"`
}

const (
	kdfName    = "argon2id"
	cipherName = "aes-256-gcm"
)

// keys puts the private keys into the archive, or says why not.
func (c Config) keys(w *writer) error {
	w.m.Keys = KeysNone
	if len(c.Keys) == 0 {
		return nil
	}
	if len(c.Passphrase) == 0 {
		w.m.Keys = KeysExcluded
		return nil
	}
	plain := map[string][]byte{}
	for _, k := range c.Keys {
		body, err := readBounded(k.Path, keyFileMax)
		if err != nil {
			return fault.Wrap(err, fault.Precondition, "backup.key_unreadable", "name", k.Name)
		}
		plain[k.Name] = body
	}
	source := c.Random
	if source == nil {
		source = rand.Reader
	}
	sealed, err := sealKeys(plain, c.Passphrase, source)
	if err != nil {
		return err
	}
	w.m.Keys = KeysEncrypted
	return w.add(keysName, func(to io.Writer) error { _, err := to.Write(sealed); return err })
}

func sealKeys(plain map[string][]byte, passphrase []byte, source io.Reader) ([]byte, error) {
	l := locked{
		KDF: kdfName, MemoryKiB: keysMemoryKiB, Time: keysTime, Threads: keysThreads, Cipher: cipherName, Salt: make([]byte, keysSaltBytes),
	}
	body, err := json.Marshal(plain)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	if _, err := io.ReadFull(source, l.Salt); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	gcm, err := l.aead(passphrase)
	if err != nil {
		return nil, err
	}
	l.Nonce = make([]byte, gcm.NonceSize())
	if _, err := io.ReadFull(source, l.Nonce); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	l.Data = gcm.Seal(nil, l.Nonce, body, []byte(kdfName+cipherName))
	out, err := json.Marshal(l)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return out, nil
}

func (l locked) aead(passphrase []byte) (cipher.AEAD, error) {
	key := argon2.IDKey(passphrase, l.Salt, l.Time, l.MemoryKiB, l.Threads, keysBytes)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return gcm, nil
}

// openKeys decrypts keys.enc. What it asks of the machine is bounded by what
// this program writes.
func openKeys(sealed, passphrase []byte) (map[string][]byte, error) {
	var l locked
	wrong := fault.New(fault.Forbidden, "backup.passphrase_wrong")
	if err := json.Unmarshal(sealed, &l); err != nil {
		return nil, altered(keysName)
	}
	if l.KDF != kdfName || l.Cipher != cipherName || l.MemoryKiB > keysMemoryKiB || l.Time > keysTime || l.Time == 0 || l.Threads == 0 ||
		l.Threads > keysThreads {
		return nil, altered(keysName)
	}
	gcm, err := l.aead(passphrase)
	if err != nil {
		return nil, err
	}
	if len(l.Nonce) != gcm.NonceSize() {
		return nil, altered(keysName)
	}
	body, err := gcm.Open(nil, l.Nonce, l.Data, []byte(kdfName+cipherName))
	if err != nil {
		return nil, wrong
	}
	plain := map[string][]byte{}
	if err := json.Unmarshal(body, &plain); err != nil {
		return nil, altered(keysName)
	}
	for name := range plain {
		if name != filepath.Base(name) || name == "." || name == ".." {
			return nil, altered(keysName)
		}
	}
	return plain, nil
}

// writeKeys writes the keys into a folder, private.
func writeKeys(folder string, plain map[string][]byte) error {
	if err := os.MkdirAll(folder, folderMode); err != nil {
		return storage(err)
	}
	for name, body := range plain {
		f, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
		if err != nil {
			return storage(err)
		}
		_, err = f.Write(body)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return storage(err)
		}
	}
	return storage(syncPath(folder))
}
