"""The parts of user data that are the same for all: a script that cloud-init runs as root, once.

Its first line arms the end of the machine, which *is* its termination, as it is launched with
``InstanceInitiatedShutdownBehavior=terminate``. Only then it looks, every minute, at which end its own tag names, by
the metadata service (tokens required), and moves the armed one there; where it cannot look, that one stays.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html, ``instancedata-data-retrieval.html``,
``work-with-tags-in-IMDS.html`` and ``terminating-instances.html`` beside it.
"""

from __future__ import annotations

HEAD = r"""#!/bin/bash
shutdown -h +@MINUTES@ || { (sleep @SECONDS@; poweroff -f) & }
# The line above ends this machine, and what it costs, unless it is moved below. Lease: @LEASE@
export FMBENCH_PORT=@PORT@
export HOME=/root
imds=http://169.254.169.254/latest
log=/var/log/fmbench
home=/opt/fmbench
mkdir -p "$log" "$home/files" "$home/weights"
chmod 700 "$log"

say() {
  echo "fmbench: $*" | tee -a "$log/progress.log" > /dev/console
}

end() {
  say "failed: $*"
  sleep @LINGER@ # until the console has been kept
  shutdown -h now
  exit 1
}

follow_the_tag() {
  local token expires left
  while sleep @LOOK@; do
    token=$(curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 120' "$imds/api/token") || continue
    expires=$(curl -sf -m 5 -H "X-aws-ec2-metadata-token: $token" \
      "$imds/meta-data/tags/instance/@EXPIRES@") || continue
    case $expires in '' | *[!0-9]*) continue ;; esac
    left=$(((expires - $(date +%s) + 59) / 60))
    if [ "$left" -gt 0 ]; then
      shutdown -h "+$left"
    else
      say 'the lease has expired'
      shutdown -h now
    fi
  done
}
follow_the_tag > /dev/null 2>&1 &

servers=()

alive() {
  local one
  for one in "${servers[@]}"; do
    kill -0 "$one" 2> /dev/null || return 1
  done
}

give_up() {
  tail -n 40 "$log"/*.server.log | sed 's/^/fmbench: | /' > /dev/console
  end "$*"
}
"""

DOCKER = r"""
if ! command -v docker > /dev/null; then
  say 'installing docker'
  dnf install -y docker >> "$log/install.log" 2>&1 ||
    { apt-get update && apt-get install -y docker.io; } >> "$log/install.log" 2>&1 ||
    end 'docker cannot be installed'
fi
docker ps --quiet > /dev/null 2>&1 || systemctl start docker || end 'docker does not start'
if [ -d /opt/dlami/nvme ]; then
  mkdir -p /opt/dlami/nvme/fmbench
  ln -sfn /opt/dlami/nvme/fmbench "$home/cache"
fi
mkdir -p "$home/cache/"
"""

PULL = r"""
say 'pulling '@IMAGE@
for wait in 5 20 60 0; do
  docker pull @IMAGE@ >> "$log/install.log" 2>&1 && break
  [ "$wait" -gt 0 ] || end "the image cannot be pulled: $(tail -n 1 "$log/install.log")"
  sleep "$wait"
done
say "image $(docker image inspect --format '{{if .RepoDigests}}{{index .RepoDigests 0}}{{else}}{{.Id}}{{end}}' @IMAGE@)"
"""

LOGIN = r"""
aws ecr get-login-password --region @REGION@ | docker login --username AWS --password-stdin @REGISTRY@ > /dev/null ||
  end 'the registry lets the instance role not in'
"""

TOKEN = r"""
mkdir -p -m 700 /run/fmbench
hf_token=$(@FETCH@) || end 'the token cannot be read with the instance role'
(umask 077 && printf 'HF_TOKEN=%q\n' "$hf_token" > /run/fmbench/env)
unset hf_token
"""

NGINX = r"""
command -v nginx > /dev/null || dnf install -y nginx >> "$log/install.log" 2>&1 ||
  apt-get install -y nginx >> "$log/install.log" 2>&1 || end 'nginx cannot be installed'
"""

BALANCE = r"""
mkdir -p "$home/balancer"
nginx -e stderr -p "$home/balancer" -c "$home/files/@CONFIGURATION@" > "$log/balancer.server.log" 2>&1 &
servers+=("$!")
"""

WAIT = r"""
ready() {
  local one
  for one in @REPLICAS@; do
    curl -sf -o /dev/null -m 5 "http://$one"@READY@ || return 1
  done
}

until ready; do
  alive || give_up 'the server ended before it was ready'
  say "loading: $(tail -q -n 1 "$log"/*.server.log | tail -n 1 | cut -c 1-160)"
  sleep @POLL@
done
"""

SERVE = r"""
say ready
while alive; do
  sleep 2
done
give_up 'the server ended'
"""

WEIGHTS = r"""
say 'fetching the weights'
@FETCH@ >> "$log/install.log" 2>&1 || end 'the weights cannot be fetched'
"""

LOAD = r"""
say 'installing Python @VERSION@'
command -v python@VERSION@ > /dev/null ||
  dnf install -y python@VERSION@ python@VERSION@-pip >> "$log/install.log" 2>&1 ||
  end 'Python @VERSION@ cannot be installed'
{ python@VERSION@ -m venv "$home/python" && "$home/python/bin/python" -m pip install --quiet @PACKAGES@; } \
  >> "$log/install.log" 2>&1 || end "what load takes cannot be installed: $(tail -n 1 "$log/install.log")"
install -d -o @USER@ @SENT@
install -d -m 700 -o @USER@ /home/@USER@/.ssh
echo @AUTHORIZED@ >> /home/@USER@/.ssh/authorized_keys
chown @USER@ /home/@USER@/.ssh/authorized_keys
chmod 600 /home/@USER@/.ssh/authorized_keys
say "host key $(cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub)"
say ready
wait # for what follows the tag, which does not end
"""
