package overlay_test

import (
	"fmt"

	"astrid/pkg/overlay"
)

func ExampleParse() {
	o, err := overlay.Parse("openai.env.json", []byte(`{"base_url": "http://localhost:1234", "retries": 5.0, "tags": ["a", "b"]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range o.Keys() {
		text, _ := o.Lookup(key)
		fmt.Println(key, text)
	}
	_, err = overlay.Parse("openai.env.json", []byte("{\n  \"a\": \"1\",\n  \"a\": \"2\"\n}"))
	fmt.Println(err)
	// Output:
	// base_url http://localhost:1234
	// retries 5.0
	// tags ["a","b"]
	// openai.env.json:3:3: duplicate key "a"
}
