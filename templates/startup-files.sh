#!/bin/sh
# Prints "SHELL FILE" for the first start-up file of the login shell that prints on standard output when no terminal is
# there; "SHELL" alone for none.
# $1: name of the login
login=$1
shell=$(getent passwd "$login" 2>/dev/null | cut -d: -f7)
shell=${shell:-$SHELL}
kind=$(basename "${shell:-sh}")

prints() {
  [ -f "$1" ] &&
    [ -n "$(SHLVL=9 BASH_ENV='' timeout 10 "$shell" "$flag" "$command" </dev/null 2>/dev/null | head -c 1)" ]
}

try() {
  for file in "$@"; do
    quoted=$(printf %s "$file" | sed "s/'/'\\\\''/g")
    command="$word '$quoted'"
    if prints "$file"; then
      echo "$kind $file"
      exit 0
    fi
  done
}

word=. flag=-c env=${BASH_ENV:-}
case "$kind" in
  bash) try "$HOME/.bashrc" /etc/bash.bashrc /etc/bashrc "$env" ;;
  zsh) flag=-fc && try /etc/zsh/zshenv /etc/zshenv "$HOME/.zshenv" "${ZDOTDIR:-$HOME}/.zshenv" ;;
  csh | tcsh) word=source flag=-fc && try /etc/csh.cshrc "$HOME/.tcshrc" "$HOME/.cshrc" ;;
  fish)
    word=source flag=-Nc
    try "$HOME/.config/fish/config.fish" "$HOME"/.config/fish/conf.d/*.fish /etc/fish/config.fish ;;
esac
word=. flag=-c
case "$kind" in csh | tcsh | fish) shell="sh" ;; esac
try "$HOME/.ssh/rc" /etc/ssh/sshrc "${ENV:-}" "$HOME/.bash_profile" "$HOME/.zprofile" "$HOME/.profile" /etc/profile
echo "$kind"
