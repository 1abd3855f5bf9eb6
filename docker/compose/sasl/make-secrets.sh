#!/bin/sh
# Makes what compose.sasl.yaml needs, in secrets/ beside this file: a certificate authority, the
# broker's certificate, a password per user. Existing files are left alone.
#
#   make-secrets.sh [FOLDER] [NAME ...]    FOLDER: instead of secrets/; NAMEs: further names or
#                                          addresses that clients call the broker by
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/secrets}
[ $# -eq 0 ] || shift
mkdir -p "$out"
[ ! -e "$out/client.properties" ] || { echo "make-secrets: $out has secrets already; nothing done" >&2; exit 0; }

names="DNS:kafka,DNS:localhost,IP:127.0.0.1"
for name in "$@"; do
  case $name in
    *[!0-9.]*) names="$names,DNS:$name" ;;
    *) names="$names,IP:$name" ;;
  esac
done
password() { openssl rand -hex 24; }
broker=$(password) lectern=$(password)

openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=lectern authority" \
  -keyout "$out/ca.key" -out "$out/ca.pem" 2>/dev/null
openssl req -newkey rsa:3072 -nodes -subj "/CN=kafka" -keyout "$out/broker.key" -out "$out/broker.csr" 2>/dev/null
printf 'subjectAltName=%s\n' "$names" >"$out/broker.ext"
openssl x509 -req -in "$out/broker.csr" -CA "$out/ca.pem" -CAkey "$out/ca.key" -CAcreateserial -days 825 \
  -extfile "$out/broker.ext" -out "$out/broker.crt" 2>/dev/null
cat "$out/broker.key" "$out/broker.crt" "$out/ca.pem" >"$out/broker.pem"
rm "$out/broker.csr" "$out/broker.ext" "$out/broker.key" "$out/broker.crt"

cat >"$out/users.jaas" <<END
KafkaServer {
  org.apache.kafka.common.security.plain.PlainLoginModule required
  username="broker" password="$broker"
  user_broker="$broker"
  user_lectern="$lectern";
};
END
cat >"$out/client.properties" <<END
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="lectern" password="$lectern";
ssl.truststore.type=PEM
ssl.truststore.location=/secrets/ca.pem
END
# Kafka and Lectern run under other ids in their containers, which see the files; on this machine the
# folder keeps everyone else out.
chmod 700 "$out"
chmod 644 "$out/broker.pem" "$out/users.jaas" "$out/client.properties" "$out/ca.pem"
chmod 600 "$out/ca.key"
echo "made $out: ca.pem, ca.key, broker.pem, users.jaas, client.properties" >&2
