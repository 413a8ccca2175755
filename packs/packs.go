// Package packs carries the shipped tariff files inside the program, so that
// they are at hand without the source tree.
package packs

import "embed"

// Files are the packs, by path below this folder: ma/electricity.yaml.
//
//go:embed ma/*.yaml example/*.yaml
var Files embed.FS
