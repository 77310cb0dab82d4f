package image

// NewPlain is New where the system has no files in memory.
func NewPlain(limit uint64, segments []Segment) (*Image, error) {
	return newImage(limit, segments, func(uint64, func([]byte)) (*file, error) { return nil, errNoFile })
}
