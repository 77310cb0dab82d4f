package paste

import (
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	words := strings.Fields
	for _, test := range []struct {
		args, flags []string
		want        string
	}{
		{words("greeter api_key"), words("--principal alice"), "astrid secret set greeter api_key --principal alice"},
		{words("./dir/Capsule.toml key=VALUE"), nil, "astrid secret set ./dir/Capsule.toml key=VALUE"},
		{[]string{"x; touch PWNED #"}, nil, "astrid secret set 'x; touch PWNED #'"},
		{[]string{"$(id)", "`id`", "!!", "it's", ""}, nil, `astrid secret set '$(id)' '` + "`id`" + `' '!!' 'it'\''s' ''`},
		{[]string{"two\nlines", "bell\a"}, nil, `astrid secret set 'two\nlines' 'bell\a'`},
		{[]string{"greeter", "--yes"}, words("--scope host"), "astrid secret set --scope host -- greeter --yes"},
	} {
		if got := Command("secret set", test.args, test.flags); got != test.want {
			t.Errorf("%q %q: got %s, want %s", test.args, test.flags, got, test.want)
		}
	}
}
