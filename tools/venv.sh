# Sourced by ./run and ./test: makes .venv with exactly the packages of one lock file, quickly when they are already there.
# Needs bash and Python 3.11 or newer; no root, no compiler, nothing from the system's package manager.

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  echo "É preciso Python 3.11 ou mais novo. Instale e tente de novo (ou aponte com PYTHON=/caminho/python3.11)." >&2
  return 1
}

make_venv() {
  [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null && return
  local python
  python=$(find_python) || return
  rm -rf .venv
  # Debian ships Python without ensurepip: then pip comes from the package index, its hash checked.
  if ! "$python" -m venv .venv >/dev/null 2>&1; then
    rm -rf .venv
    "$python" -m venv --without-pip .venv && .venv/bin/python tools/get_pip.py
  fi
}

# install_lock LOCK STAMP: both locks agree on every shared version, so the two commands never undo each other.
install_lock() {
  local lock=$1 stamp=.venv/.$2 want
  make_venv || return
  want=$(.venv/bin/python -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$lock")
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return
  echo "Preparando o ambiente (só na primeira vez ou quando $lock muda)…" >&2
  [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==0.13.9" || return
  .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock" || return
  echo "$want" >"$stamp"
}
