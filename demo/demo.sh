#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Started by `./run demo`. Two network namespaces joined by a veth pair: HTTP is served in one and
# called from the other, and the agent traces it on the server's interface. Further arguments go to
# the agent. Fails if the agent reports another number of exchanges than were made, or prints the
# gRPC calls as something else.
set -euo pipefail

demo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=bin/setup.sh
source "$demo/../bin/setup.sh"

# Deadlines that even a machine with much else to do keeps: what lasts longer hangs.
ready_seconds=90
client_seconds=120
stop_seconds=20

server_netns=wirespan-demo-$$-server
client_netns=wirespan-demo-$$-client
server_address=10.77.0.1
client_address=10.77.0.2
server_address6=fd00:77::1
client_address6=fd00:77::2

agent='' relay='' copy='' server='' client='' work=''

running() { [[ -n $1 ]] && kill -0 "$1" 2>/dev/null; }

# wait_until SECONDS COMMAND...: false if it never came true.
wait_until() {
  local tries=$(($1 * 20))
  shift
  until "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.05
  done
}

# stop PID: asks a child to end, insists after a while.
stop() {
  running "$1" || return 0
  kill -TERM "$1"
  wait_until "$stop_seconds" gone "$1" || kill -KILL "$1" 2>/dev/null || true
}
gone() { ! running "$1"; }

clean_up() {
  trap '' INT TERM
  # The agent first: it flushes and prints its accounting line.
  stop "$agent"
  stop "$client"
  stop "$server"
  local pid name
  for pid in "$relay" "$copy"; do
    # They end by themselves, once they have passed the agent's last lines on.
    wait_until "$stop_seconds" gone "$pid" || stop "$pid"
  done
  for name in "$server_netns" "$client_netns"; do
    [[ ! -e /run/netns/$name ]] || ip netns del "$name"
  done
  [[ -z $work ]] || rm -rf "$work"
}

# Namespaces of a demo that was killed outright.
remove_leftovers() {
  local path name pid
  for path in /run/netns/wirespan-demo-*; do
    name=${path##*/}
    pid=${name#wirespan-demo-}
    pid=${pid%%-*}
    [[ ! -e $path ]] || running "$pid" || ip netns del "$name"
  done
}

make_namespaces() {
  ip netns add "$server_netns"
  ip netns add "$client_netns"
  ip link add eth0 netns "$server_netns" type veth peer name eth0 netns "$client_netns"
  configure "$server_netns" "$server_address" "$server_address6"
  configure "$client_netns" "$client_address" "$client_address6"
}

# configure NETNS ADDRESS ADDRESS6; without duplicate address detection, which takes a second.
configure() {
  ip -n "$1" address add "$2/24" dev eth0
  if [[ -e /proc/net/if_inet6 ]]; then
    ip -n "$1" address add "$3/64" dev eth0 nodad
  fi
  ip -n "$1" link set lo up
  ip -n "$1" link set eth0 up
}

# Passes the agent's standard error on, its last words after Ctrl-C too, and keeps what the demo looks
# for in it.
relay_agent_errors() {
  trap '' INT
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line" >&2
    case $line in
      '{"wirespan":"stats"'*) printf '%s\n' "$line" >"$work/accounting" ;;
      *attached*) : >"$work/attached" ;;
    esac
  done <"$work/agent-errors"
}

start_agent() {
  mkfifo "$work/agent-errors"
  relay_agent_errors &
  relay=$!
  # The lines are kept to be looked at; but a terminal is the agent's own, which asks for its width.
  local output
  if [[ -t 1 ]]; then
    exec {output}>&1
  else
    exec {output}> >(exec tee -i "$work/lines")
    copy=$!
  fi
  "${tied[@]}" "${java[@]}" --netns "/run/netns/$server_netns" --interface eth0 "$@" \
    >&"$output" 2>"$work/agent-errors" &
  agent=$!
  exec {output}>&-
}

# line_of METHOD STATUS: whether the line of a gRPC call has its status. People are told of errors
# only.
line_of() {
  local for_people="$1 +200 +"
  (($2 == 0)) || for_people+="grpc:$2 +"
  grep -qE "$for_people[0-9]|\"target\":\"$1\".*\"grpc\":\{[^}]*\"status\":$2," "$work/lines"
}

# Lines that were not kept, or of neither kind of output, cannot be looked at.
lines_are_right() {
  [[ -s $work/lines ]] || return 0
  line_of /demo.Orders/Place 0 && line_of /demo.Orders/Cancel 5
}

start_server() {
  "${tied[@]}" ip netns exec "$server_netns" "${small_java[@]}" \
    "$demo/DemoServer.java" >"$work/server" &
  server=$!
}

agent_attached_or_gone() { [[ -e $work/attached ]] || gone "$agent"; }
server_ready_or_gone() { [[ -s $work/server ]] || gone "$server"; }

if ! is_root; then
  prepare_agent live
  sudo_usable || die "the demo makes network namespaces, which only root can: sudo $root/run demo"
  say "the demo makes network namespaces: going on through sudo"
  exec sudo -E -- "$demo/demo.sh" "$@"
fi

require_java javac
prepare_agent live
has ip || require_packages "the demo" iproute2
# Ends with this script even if that is killed outright.
tied=(setpriv --pdeathsig TERM --)
# The jar has the libraries for HTTP/2. Java compiles the sources, those that a class names too.
small_java=("$java_home/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xmx128m
  -Dio.netty.noUnsafe=true -cp "$jar")

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

remove_leftovers
work=$(mktemp -d)
make_namespaces
say "demo: $client_netns ($client_address) calls $server_netns ($server_address)"
start_server
start_agent "$@"
wait_until "$ready_seconds" server_ready_or_gone || true
running "$server" || die "the demo's server did not start"
wait_until "$ready_seconds" agent_attached_or_gone || die "the agent did not attach in time"
running "$agent" || die "the agent ended before it attached"

addresses=("$server_address")
[[ ! -e /proc/net/if_inet6 ]] || addresses+=("$server_address6")
ip netns exec "$client_netns" timeout "$client_seconds" "${small_java[@]}" \
  "$demo/DemoClient.java" "${addresses[@]}" >"$work/client" &
client=$!
wait "$client" || die "the demo's client failed, or had not ended after $client_seconds seconds"

# The last packets reach the agent within one wake-up of its ring.
sleep 0.3
stop "$agent"
status=0
wait "$agent" || status=$?
wait "$relay" || true
[[ -z $copy ]] || wait "$copy" || true
((status == 0)) || die "the agent ended with status $status"

sent=$(<"$work/client")
traced=$(sed -n 's/.*"exchanges_complete":\([0-9]*\).*/\1/p' "$work/accounting" 2>/dev/null || true)
say "demo: $sent requests made, ${traced:-none} traced"
[[ $sent == "$traced" ]] || exit 1
lines_are_right || die "the agent did not print the gRPC calls as such"
