package doc

// The faces and colours of the house's documents: a bill, a receipt and a statement look
// as if one hand had set them.

// Small is the type of what is said beside.
func Small() Type { return Type{Size: 75, Color: Muted()} }

// Plain is the type of what is read.
func Plain() Type { return Type{Size: 82, Color: Ink()} }

// Strong is Plain in bold.
func Strong() Type { return Type{Size: 82, Bold: true, Color: Ink()} }

// Head is the type of the heads of columns.
func Head() Type { return Type{Size: 75, Bold: true, Color: Muted()} }

// Large is the type of names and amounts.
func Large() Type { return Type{Size: 115, Bold: true, Color: Ink()} }

// Accent is the colour of the issuer and of what is to be seen first.
func Accent() Color { return Color{0x1a, 0x5a, 0xb8} }

// Tint is Accent as a ground.
func Tint() Color { return Color{0xe7, 0xef, 0xfb} }

// Hair is the colour of the lines between rows.
func Hair() Color { return Color{0xdd, 0xe2, 0xe8} }

// Edge is the colour of frames.
func Edge() Color { return Color{0xb9, 0xc1, 0xcc} }

// Pale is the colour of a mark behind the text.
func Pale() Color { return Color{0xec, 0xee, 0xf1} }
