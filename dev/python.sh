# Sets $python to the first interpreter that Odoo 19 supports (3.10 to 3.13).
python=
for candidate in ${CLOSURE_PYTHON:-python3 python3.13 python3.12 python3.11 python3.10}; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "To run Odoo 19, install Python 3.10, 3.11, 3.12 or 3.13, or name one with CLOSURE_PYTHON." >&2
    exit 1
fi
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
