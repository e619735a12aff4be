# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What ./run, ./test and demo/demo.sh share: finding, installing and building what they need.
# Sourced, never run. Prints to standard error only.

oldest_java=22
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
jar=$root/target/agent.jar
# ip, ldconfig and the like: Debian leaves these folders out of an ordinary user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf 'wirespan: %s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# --- privileges ---------------------------------------------------------------------------------

is_root() { ((EUID == 0)); }

# Without a password, or with a terminal to ask for one on.
sudo_usable() { has sudo && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; }

# Capabilities of an ordinary user survive exec only if they are ambient (capabilities(7)).
may_trace() {
  is_root && return
  local key value ambient=0
  while read -r key value; do
    if [[ $key == CapAmb: ]]; then ambient=$((16#$value)); fi
  done </proc/self/status
  local net_admin=$((ambient >> 12 & 1)) sys_admin=$((ambient >> 21 & 1))
  local perfmon=$((ambient >> 38 & 1)) bpf=$((ambient >> 39 & 1))
  ((net_admin && (sys_admin || (bpf && perfmon))))
}

# --- packages -----------------------------------------------------------------------------------

apt_lists_are_new=
setup_log=$root/target/setup.log

# Runs a command as root, its output in the setup log.
root_logged() {
  local as_root=()
  is_root || as_root=(sudo)
  "${as_root[@]}" "$@" >>"$setup_log" 2>&1 </dev/null
}

can_install() { has apt-get && { is_root || sudo_usable; }; }

refresh_apt_lists() {
  [[ -z $apt_lists_are_new ]] || return 0
  apt_lists_are_new=yes
  prepare_target
  say "reading the package lists (apt-get update)"
  # A repository that does not answer is no reason to give up: the lists at hand may do.
  root_logged apt-get -q update || say "apt-get update failed; going on with the lists at hand"
}

apt_candidate() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p'; }

apt_has() {
  local candidate
  candidate=$(apt_candidate "$1")
  [[ -n $candidate && $candidate != '(none)' ]]
}

# apt_install PACKAGE...: false if it failed.
apt_install() {
  say "installing $* (apt-get)"
  root_logged env DEBIAN_FRONTEND=noninteractive \
    apt-get -q install -y --no-install-recommends "$@"
}

# require_packages WHAT_FOR PACKAGE...: installs them or ends with the command that would.
require_packages() {
  local what_for=$1
  shift
  (($#)) || return 0
  has apt-get || die "$what_for needs $*, and this system has no apt-get: install the like of it"
  can_install ||
    die "$what_for needs $*, and only root can install: sudo apt-get install $*"
  refresh_apt_lists
  apt_install "$@" && return
  tail -n 5 "$setup_log" >&2
  die "cannot install $* (is there a network?); $what_for needs: sudo apt-get install $*"
}

# --- Java ---------------------------------------------------------------------------------------

# Sets java_version to the feature version of the Java in a folder. The file "release" tells it
# without the cost of starting a JVM; not every build has one.
read_java_version() {
  local line pattern='ersion "([0-9]+)'
  java_version=0
  [[ -x $1/bin/java ]] || return 1
  if [[ -r $1/release ]]; then
    pattern='^JAVA_VERSION="([0-9]+)'
    while read -r line; do
      [[ ! $line =~ $pattern ]] || java_version=${BASH_REMATCH[1]}
    done <"$1/release"
  else
    line=$("$1/bin/java" -version 2>&1) || return 1
    [[ ! $line =~ $pattern ]] || java_version=${BASH_REMATCH[1]}
  fi
}

# usable_java FOLDER TOOL: whether it is new enough and has bin/TOOL.
usable_java() {
  [[ -n $1 && -x $1/bin/$2 ]] && read_java_version "$1" && ((java_version >= oldest_java))
}

# The folder of the java on the PATH; a launcher script of a version manager is asked.
java_home_on_path() {
  local launcher home
  launcher=$(command -v java) || return 0
  home=$(readlink -f "$launcher")
  home=${home%/bin/java}
  if [[ ! -r $home/release ]]; then
    home=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
  fi
  printf '%s' "$home"
}

# find_java TOOL: sets java_home: JAVA_HOME, else PATH, else the newest that lies about.
find_java() {
  local tool=$1 home newest=0
  java_home=${JAVA_HOME:-}
  usable_java "$java_home" "$tool" && return
  java_home=$(java_home_on_path)
  usable_java "$java_home" "$tool" && return
  java_home=
  for home in /usr/lib/jvm/* /usr/java/* /opt/* /opt/java/* /usr/local/* \
    "${HOME:-/root}"/.sdkman/candidates/java/* "${HOME:-/root}"/.jdks/*; do
    if usable_java "$home" "$tool" && ((java_version > newest)); then
      newest=$java_version
      java_home=$home
    fi
  done
  [[ -n $java_home ]]
}

install_jdk() {
  local version package
  local advice="install a JDK $oldest_java or later (https://adoptium.net/installation/linux) or set JAVA_HOME to one"
  can_install || die "no JDK $oldest_java or later found, and only root can install one: $advice"
  refresh_apt_lists
  for version in {29..22}; do
    for package in "openjdk-$version-jdk-headless" "temurin-$version-jdk"; do
      apt_has "$package" || continue
      require_packages "the agent" "$package"
      return
    done
  done
  die "no JDK $oldest_java or later found, and this system's package lists have none: $advice"
}

# require_java TOOL: finds or installs a Java that has bin/TOOL, and exports JAVA_HOME.
require_java() {
  if ! find_java "$1"; then
    install_jdk
    find_java "$1" || die "a JDK was installed, and no Java $oldest_java or later can be found"
  fi
  export JAVA_HOME=$java_home
}

# --- the agent's jar ----------------------------------------------------------------------------

prepare_target() {
  mkdir -p "$root/target" 2>/dev/null || true
  [[ -w $root/target ]] ||
    die "cannot write to $root/target: was it made by root? sudo chown -R $(id -un) $root/target"
}

has_libbpf() { [[ $(ldconfig -p 2>/dev/null) == *'libbpf.so.1 '* ]]; }

# Packages that the BPF object's build lacks.
missing_bpf_tools() {
  has clang || echo clang
  [[ -e /usr/include/bpf/bpf_helpers.h ]] || echo libbpf-dev
  [[ -e /usr/include/linux/bpf.h ]] || echo linux-libc-dev
}

missing_build_tools() {
  has mvn || echo maven
  has make || echo make
}

# jar_is_fresh live|replay: nothing that it is made of is younger; a folder is when a file in it
# came or went. A live run also needs the BPF object in it, which a build without clang leaves out.
jar_is_fresh() {
  [[ -f $jar ]] || return 1
  [[ $1 == replay ]] || compgen -G "$root/target/bpf/*.bpf.o" >/dev/null || return 1
  local sources=("$root/pom.xml" "$root/bpf" "$root/src/main")
  [[ ! -d $root/generated ]] || sources+=("$root/generated")
  [[ -z $(find "${sources[@]}" -newer "$jar" -print -quit) ]]
}

explain_failed_build() {
  if grep -qE 'Could not (transfer|find) artifact|Unknown host' "$1"; then
    die "Maven cannot download what the build needs (is there a network?); see $1"
  fi
  local advice='^\[ERROR\] *$|\[Help 1\] http|To see the full|Re-run Maven|For more information'
  grep -E '^\[ERROR\]|error:' "$1" | grep -vE "$advice" | head -n 10 >&2 ||
    tail -n 10 "$1" >&2
  die "the build failed; see $1"
}

# Builds the jar if it is stale. Two at once wait for each other.
build_jar() {
  local purpose=$1 missing log=$root/target/build.log
  jar_is_fresh "$purpose" && return
  require_java javac
  prepare_target
  mapfile -t missing < <(missing_build_tools)
  require_packages "the build" "${missing[@]}"
  mapfile -t missing < <(missing_bpf_tools)
  if [[ $purpose == live ]]; then
    require_packages "the build of the BPF program" "${missing[@]}"
    missing=()
  elif ((${#missing[@]})); then
    say "building without the BPF program (${missing[*]} not installed): enough for files"
  fi
  (
    flock 9
    jar_is_fresh "$purpose" && exit
    say "building target/agent.jar (about a minute; target/build.log)"
    # An object that cannot be made again may belong to older sources.
    ((${#missing[@]} == 0)) || rm -rf "$root/target/bpf"
    touch "$root/target/.build-started"
    if ! mvn -q -B -f "$root/pom.xml" -DskipTests -Dspotless.check.skip package \
      >"$log" 2>&1 </dev/null; then
      explain_failed_build "$log"
    fi
    # Sources changed from here on are younger than the jar; those it was made of are not.
    touch -r "$root/target/.build-started" "$jar"
  ) 9>"$root/target/.build.lock" || exit 1
  jar_is_fresh "$purpose" || die "the build made no complete target/agent.jar: see target/build.log"
}

# --- the archive that lets the JVM start warm ---------------------------------------------------

archive=$root/target/agent.aot

# The archive fits one build of the jar, one set of options and one JVM, which the file beside it names.
archive_is_fresh() {
  [[ -f $archive && $archive -nt $jar && $archive -nt $root/bin/jvm.options &&
    $(cat "$archive.java" 2>/dev/null) == "$java_home" ]]
}

# From Java 25 on a JVM keeps classes and profiles of a training run (JEP 514, 515): the agent then
# starts in half the time and is compiled sooner. The profiles have to be of live traffic, with hardly any
# of files: what is compiled for both takes a sixth longer for a request ever after.
train_archive() {
  ((java_version >= 25)) && [[ -w $root/target ]] && ! archive_is_fresh || return 0
  local capture=$root/target/training.pcap
  say "training the JVM (a few seconds; only after a build)"
  rm -f "$archive" "$archive.java"
  if "$java_home/bin/java" "$root/bin/TrainingCapture.java" "$capture" &&
    "$java_home/bin/java" "@$root/bin/jvm.options" "-XX:AOTCacheOutput=$archive" -cp "$jar" \
      io.wirespan.agent.Training "$capture"; then
    printf '%s\n' "$java_home" >"$archive.java"
  fi >"$root/target/training.log" 2>&1 || true
  rm -f "$capture"
}

# The agent fits its lines to the terminal, whose width only the shell can tell it.
tell_terminal_width() {
  local size
  # Standard output is the terminal here, but not inside the substitution.
  if [[ -t 1 ]] && { size=$(stty size <&3 2>/dev/null); } 3>&1; then
    export COLUMNS=${size#* }
  fi
}

# prepare_agent live|replay: everything that the agent needs to be started; sets java.
prepare_agent() {
  build_jar "$1"
  [[ -n ${java_home:-} ]] || require_java java
  if [[ $1 == live ]] && ! has_libbpf; then
    require_packages "live capture" libbpf1
  fi
  read_java_version "$java_home"
  train_archive
  java=("$java_home/bin/java" "@$root/bin/jvm.options")
  if archive_is_fresh; then java+=("-XX:AOTCache=$archive" -Xlog:aot=off -Xlog:cds=off); fi
  # shellcheck disable=SC2034 # for the script that sources this
  java+=(-jar "$jar")
  tell_terminal_width
}
