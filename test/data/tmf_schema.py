"""Validates documents against the official TM Forum v4 definitions.

    tmf_schema.py FOLDER < LINES

FOLDER holds TMF699-Sales-v4.0.0.swagger.json and its kin. A line is: number of
the API, definition, "open" or "strict", and the JSON document, with tabs
between. Strict also refuses members that the definition does not name, for the
definitions themselves are open. Prints "NUMBER OF THE LINE<TAB>what is wrong" for
each document that is refused, and at the end how many were read.
"""
import copy
import glob
import json
import os
import re
import sys

import jsonschema

TIME = re.compile(r'\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-][0-2]\d:[0-5]\d)')
URI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:\S+')

# The library knows these formats only where further packages are there.
formats = jsonschema.FormatChecker(formats=())
formats.checks('date-time')(lambda v: not isinstance(v, str) or TIME.fullmatch(v) is not None)
formats.checks('uri')(lambda v: not isinstance(v, str) or URI.fullmatch(v) is not None)


def validator(folder, api, definition, mode):
    name, = glob.glob(os.path.join(folder, 'TMF%s-*-v4*.swagger.json' % api))
    with open(name, encoding='utf-8') as f:
        definitions = copy.deepcopy(json.load(f)['definitions'])
    if definition not in definitions:
        raise SystemExit('%s has no definition %s' % (name, definition))
    if mode == 'strict':
        for d in definitions.values():
            if d.get('properties'):
                d['additionalProperties'] = False
    return jsonschema.Draft4Validator(
        {'definitions': definitions, '$ref': '#/definitions/' + definition}, format_checker=formats)


def refuse_constant(word):
    raise ValueError('%s is no JSON' % word)


validators = {}
count = 0
for line in sys.stdin.buffer:
    count += 1
    api, definition, mode, text = line.decode('utf-8').rstrip('\n').split('\t')
    try:
        document = json.loads(text, parse_constant=refuse_constant)
    except ValueError as e:
        print('%d\tno document: %s' % (count, e))
        continue
    key = (api, definition, mode)
    if key not in validators:
        validators[key] = validator(sys.argv[1], *key)
    for error in validators[key].iter_errors(document):
        place = '/'.join(str(p) for p in error.absolute_path)
        print('%d\t/%s: %s' % (count, place, ascii(error.message)[:200]))
print('%d documents' % count)
