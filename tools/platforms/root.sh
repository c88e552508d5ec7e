# shellcheck shell=sh
# Functions of tools/platforms/chroot and tools/platforms/rock, for a Debian of another release or CPU in a folder. The
# functions need root rights, and the root of the source tree as the current directory.

skip() {
  echo "skipped: $*"
  exit 77
}

# Whether the kernel starts the programs of another CPU with an emulator. If systemd has not registered the emulator, as
# in a container, this function registers it in the same way. The registration stays until the next boot.
starts_programs() { # arguments: name of the emulator
  formats=/proc/sys/fs/binfmt_misc
  [ -e $formats/register ] || mount -t binfmt_misc binfmt_misc $formats 2>/dev/null
  [ -e $formats/"$1" ] || { cat /usr/lib/binfmt.d/"$1.conf" >$formats/register; } 2>/dev/null
  [ -e $formats/"$1" ]
}

leave() {
  for name in proc dev/pts dev; do
    umount -l "$place/$name" 2>/dev/null # a process that is about to end may still use the mount
  done
}

# Makes the folder, if it does not exist, and mounts what programs need, until this script ends. Sets `place`. Exits with
# status 77 if this machine cannot run such a Debian.
enter() { # arguments: release, CPU, another name for the folder
  release=$1 cpu=$2
  place=$PWD/build/platforms/${3:-$release-$cpu}
  [ "$(id -u)" = 0 ] || skip "a chroot needs root"
  command -v debootstrap >/dev/null || skip "debootstrap is missing"
  case $(dpkg --print-architecture 2>/dev/null)-$cpu in
    "$cpu-$cpu" | amd64-i386) foreign= ;;
    *)
      foreign=--foreign
      case $cpu in arm64) emulator=qemu-aarch64-static ;; *) emulator=qemu-$cpu-static ;; esac
      command -v "$emulator" >/dev/null || skip "$emulator is missing (Debian: qemu-user-static)"
      starts_programs "${emulator%-static}" || skip "the kernel does not start programs for $cpu (binfmt_misc)"
      ;;
  esac
  trap leave EXIT
  trap 'exit 1' INT TERM
  if [ ! -e "$place/complete" ]; then
    mkdir -p "$place" || exit 1
    debootstrap --variant=minbase $foreign --arch="$cpu" "$release" "$place" >"$place.log" 2>&1 &&
      { [ -z "$foreign" ] || chroot "$place" /debootstrap/debootstrap --second-stage >>"$place.log" 2>&1; } ||
      { tail -n 5 "$place.log"; exit 1; }
    touch "$place/complete"
  fi
  cp /etc/resolv.conf "$place/etc/resolv.conf"
  mount -t proc proc "$place/proc" && mount --bind /dev "$place/dev" || exit 1
  [ ! -d /dev/pts ] || mount --bind /dev/pts "$place/dev/pts" || exit 1
}
