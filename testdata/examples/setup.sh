# Makes the place that the examples of `astrid VERB --help` run in: an installed capsule with secrets and settings, the
# files that they name, and the programs that they call. Sourced by sh, in an empty directory, with an empty HOME;
# $CAPSULES is testdata/capsules, and $GREETER_HASH the sum by which greeter.wasm is installed.
umask 077

# greeter declares a secret more than the fixture, holds more, and is installed.
mkdir -p bin greeter
cp "$CAPSULES/greeter/greeter.wasm" greeter
sed 's/^net_connect = .*/net_connect = ["api.openai.com:443"]\nnet = ["api.example.com"]\nfs_read = ["home:\/\/notes"]/' \
  "$CAPSULES/greeter/Capsule.toml" >greeter/Capsule.toml
printf '\n[env.tls_key]\ntype = "secret"\n' >>greeter/Capsule.toml
cp greeter/Capsule.toml greeter/greeter.wasm .
installed=$HOME/.astrid/home/default/.local/capsules/greeter
mkdir -p "$installed" "$HOME/.astrid/bin"
cp greeter/greeter.wasm "$HOME/.astrid/bin/$GREETER_HASH.wasm"
cp greeter/Capsule.toml "$installed"
printf '{"version":"1.0.0","installed_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","wasm_hash":"%s"}' \
  "$GREETER_HASH" >"$installed/meta.json"

for who in default alice; do
  printf 'value-of-%s' "$who" | astrid secret set greeter api_key --principal "$who"
  astrid env set greeter base_url=http://localhost:1234 nickname=me --principal "$who"
done
printf 'value-of-host' | astrid secret set greeter api_key --scope host

# What the examples name beside it.
printf 'not\na key\n' >key.pem
printf '#!/bin/sh\necho "the password of $2"\n' >bin/pass
chmod +x bin/pass
printf '#!/bin/sh\necho "{\\"api_key\\": \\"value-of-vault\\"}"\n' >bin/vault
chmod +x bin/vault
printf "api_key=value-of-file\ntls_key='not\na key'\n" >secrets.env
export NEW_KEY=value-of-variable
astrid capsule pack greeter -o greeter.capsule
printf 'base_url=http://localhost:4321\n' >settings.env
printf '#!/bin/sh\n' >bin/code
chmod +x bin/code
