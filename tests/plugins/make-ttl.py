# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the Turtle of the tests' plug-ins, beside the bundles' folder their binary: make-ttl.py FOLDER BINARY STAMP."""
import pathlib
import sys

PREFIXES = """@prefix atom: <http://lv2plug.in/ns/ext/atom#> .
@prefix doap: <http://usefulinc.com/ns/doap#> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix midi: <http://lv2plug.in/ns/ext/midi#> .
@prefix opts: <http://lv2plug.in/ns/ext/options#> .
@prefix patch: <http://lv2plug.in/ns/ext/patch#> .
@prefix pprops: <http://lv2plug.in/ns/ext/port-props#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
@prefix test: <urn:ton:test:> .
@prefix time: <http://lv2plug.in/ns/ext/time#> .
@prefix units: <http://lv2plug.in/ns/extensions/units#> .
@prefix worker: <http://lv2plug.in/ns/ext/worker#> .

"""


def port(direction, kind, symbol, name, more=""):
    return f'[ a lv2:{direction}Port , {kind} ; lv2:index %d ; lv2:symbol "{symbol}" ; lv2:name "{name}" {more}]'


IN = port("Input", "lv2:AudioPort", "in", "In")
OUT = port("Output", "lv2:AudioPort", "out", "Out")
LEFT_RIGHT = [port(way, "lv2:AudioPort", f"{way.lower()}_{side}", f"{way} {side}")
              for way in ("Input", "Output") for side in ("left", "right")]


def control(symbol, name, low, high, default, more=""):
    return port("Input", "lv2:ControlPort", symbol, name,
                f"; lv2:minimum {low} ; lv2:maximum {high} ; lv2:default {default} {more}")


GAIN_DB = control("gain_db", "Make-up Gain (dB)", -60.0, 24.0, 0.0, "; units:unit units:db")
LATENCY = port("Output", "lv2:ControlPort", "latency", "Latency",
               "; lv2:portProperty lv2:reportsLatency ; lv2:designation lv2:latency")
WIDTH = control("w", "Width", 0.0, 2.0, 1.0)
MODE = control("mode", "Mode", 0, 2, 0,
               '; lv2:portProperty lv2:enumeration , lv2:integer ; lv2:scalePoint '
               '[ rdfs:label "Tape" ; rdf:value 0 ] , [ rdfs:label "Tube" ; rdf:value 1 ] , [ rdfs:label "Solid State" ; rdf:value 2 ]')
CUTOFF = control("cut", "Cutoff", 20.0, 20000.0, 1000.0, "; units:unit units:hz ; lv2:portProperty pprops:logarithmic")
TIME = control("time", "Release Time", 0.01, 2.0, 0.25, "; units:unit units:s")
TOGGLE = control("on", "Auto Make-up", 0, 1, 1, "; lv2:portProperty lv2:toggled")
MESSAGES = port("Input", "atom:AtomPort", "messages", "Messages",
                "; atom:bufferType atom:Sequence ; atom:supports patch:Message ; lv2:designation lv2:control")
NOTES = port("Input", "atom:AtomPort", "notes", "Notes", "; atom:bufferType atom:Sequence ; atom:supports midi:MidiEvent")
KEY = port("Input", "lv2:AudioPort", "key", "Key", "; lv2:portProperty lv2:isSideChain")
TIMES = port("Input", "atom:AtomPort", "times", "Times", "; atom:bufferType atom:Sequence ; atom:supports time:Position")
EVENTS = port("Input", "atom:AtomPort", "events", "Events",
              "; atom:bufferType atom:Sequence ; atom:supports time:Position , midi:MidiEvent")
BAR = control("bar", "Bar", 0.0, 1000.0, 0.0, "; lv2:designation time:bar")
VOLTAGE = port("Input", "lv2:CVPort", "voltage", "Voltage", "; lv2:minimum 0.0 ; lv2:maximum 1.0 ; lv2:default 1.0")

MAP = "; lv2:requiredFeature <http://lv2plug.in/ns/ext/urid#map>"
PLUGINS = {
    "gain": ("Test Gain", [IN, OUT, GAIN_DB, LATENCY], ""),
    "swap": ("Test Swap", LEFT_RIGHT + [WIDTH, MODE, CUTOFF, TOGGLE], ""),
    "crasher": ("Test Crasher", [IN, OUT], ""),
    "hanger": ("Test Hanger", [IN, OUT], ""),
    "leaver": ("Test Leaver", [IN, OUT], ""),
    "nan": ("Test NaN", [IN, OUT], ""),
    "storm": ("Test Storm", [IN, OUT], ""),
    "worker": ("Test Worker", [IN, OUT, control("gain", "Gain", 0.0, 4.0, 1.0), TIME],
               "; lv2:requiredFeature worker:schedule ; lv2:extensionData worker:interface"),
    "message": ("Test Message", [IN, OUT, MESSAGES],
                MAP + " ; lv2:extensionData state:interface ; patch:writable <urn:ton:test:message#gain> , <urn:ton:test:message#free>"),
    # Its parameter is described in another bundle, and it is born with a value of it.
    "spoken": ("Test Spoken", [IN, OUT, MESSAGES],
               MAP + " ; lv2:extensionData state:interface ; patch:writable <urn:ton:test:elsewhere#gain> ;\n"
               "    state:state [ <urn:ton:test:elsewhere#gain> \"0.5\"^^<http://www.w3.org/2001/XMLSchema#float> ]"),
    "state": ("Test State", [IN, OUT], MAP + " ; lv2:extensionData state:interface"),
    "key": ("Test Key", [IN, KEY, OUT], ""),
    "voltage": ("Test Voltage", [IN, OUT, VOLTAGE], ""),
    "tone": ("Test Tone", [port("Output", "lv2:AudioPort", "out", "Out"), NOTES], MAP),
    "clock": ("Test Clock", [IN, OUT, TIMES, BAR], MAP),
    "refuser": ("Test Refuser", [IN, OUT], ""),
    "born-dead": ("Test Born Dead", [IN, OUT], ""),
    "demanding": ("Test Demanding", [IN, OUT], "; lv2:requiredFeature <urn:ton:test:unheard-of>"),
    "choosy": ("Test Choosy", [IN, OUT], "; opts:requiredOption <http://lv2plug.in/ns/ext/buf-size#maxBlockLength> , <urn:ton:test:shoe-size>"),
    "content": ("Test Content", [IN, OUT], "; opts:requiredOption <http://lv2plug.in/ns/ext/buf-size#maxBlockLength> , <http://lv2plug.in/ns/ext/parameters#sampleRate>"),
    "gappy": ("Test Gappy", [IN, OUT.replace("%d", "9%d")], ""),
    "foreigner": ("Test Foreigner", [IN, OUT, port("Input", "<urn:ton:test:StrangePort>", "strange", "Strange")], ""),
    "twin-a": ("Test Twin", [IN, OUT], ""),
    "twin-b": ("Test Twin", [IN, OUT], ""),
    "scribbler": ("Test Scribbler", [IN, OUT], ""),
    "truncator": ("Test Truncator", [IN, OUT], ""),
    "liar": ("Test Liar", [IN, OUT, LATENCY], ""),
    "fickle": ("Test Fickle", [IN, OUT, LATENCY], ""),
    "late-starter": ("Test Late Starter", [IN, OUT, GAIN_DB, LATENCY], ""),
    "parent": ("Test Parent", [IN, OUT], ""),
    "late-teller": ("Test Late Teller", [IN, OUT, LATENCY], ""),
    "wanderer": ("Test Wanderer", [IN, OUT, LATENCY], ""),
    "order": ("Test Order", [IN, OUT, EVENTS], MAP),
    "missing": ("Test Missing", [IN, OUT], ""),
}
PRESETS = f"""test:loud a pset:Preset ; lv2:appliesTo test:gain ; rdfs:label "Loud" ;
    lv2:port [ lv2:symbol "gain_db" ; pset:value 12.0 ] .
test:quiet-state a pset:Preset ; lv2:appliesTo test:state ; rdfs:label "Quarter" ;
    state:state [ <urn:ton:test:state#gain> "0.25"^^<http://www.w3.org/2001/XMLSchema#float> ] .
test:quartered a pset:Preset ; lv2:appliesTo test:message ; rdfs:label "Quartered" ;
    state:state [ <urn:ton:test:message#gain> "0.25"^^<http://www.w3.org/2001/XMLSchema#float> ] .
test:of-file a pset:Preset ; lv2:appliesTo test:state ; rdfs:label "Of File" ;
    state:state [ <urn:ton:test:state#file> <gain.txt> ] .
"""
PARAMETER = """<urn:ton:test:message#gain> a lv2:Parameter ; rdfs:label "Trim" ; rdfs:range atom:Float ;
    lv2:minimum 0.0 ; lv2:maximum 4.0 ; lv2:default 1.0 .
<urn:ton:test:message#free> a lv2:Parameter ; rdfs:label "Free" ; rdfs:range atom:Float .
"""
# A bundle of another maker, as hosts and people write them.
ELSEWHERE = """test:elsewhere a pset:Preset ; lv2:appliesTo test:state ; rdfs:seeAlso <elsewhere.ttl> .
<urn:ton:test:elsewhere#gain> a lv2:Parameter ; rdfs:label "Level" ; rdfs:range atom:Float ;
    lv2:minimum 0.0 ; lv2:maximum 4.0 ; lv2:default 1.0 .
"""
ELSEWHERE_PRESET = """test:elsewhere a pset:Preset ; lv2:appliesTo test:state ; rdfs:label "Elsewhere" ;
    state:state [ <urn:ton:test:state#gain> "0.25"^^<http://www.w3.org/2001/XMLSchema#float> ] .
"""


def main():
    folder, binary = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    manifest, plugins = PREFIXES, PREFIXES
    for uri, (name, ports, more) in PLUGINS.items():
        shared_object = "gone.so" if uri == "missing" else f"../../{binary.name}"
        manifest += f"<urn:ton:test:{uri}> a lv2:Plugin ; lv2:binary <{shared_object}> ; rdfs:seeAlso <plugins.ttl> .\n"
        listed = " ,\n        ".join(text % i for i, text in enumerate(ports))
        plugins += (f'<urn:ton:test:{uri}> a lv2:Plugin , lv2:UtilityPlugin ; doap:name "{name}" ;\n'
                    f"    lv2:minorVersion 2 ; lv2:microVersion 4 ;\n    lv2:port {listed} {more} .\n\n")
    for preset, of in (("loud", "gain"), ("quiet-state", "state"), ("of-file", "state"), ("quartered", "message")):
        manifest += f"test:{preset} a pset:Preset ; lv2:appliesTo test:{of} ; rdfs:seeAlso <presets.ttl> .\n"
    (folder / "manifest.ttl").write_text(manifest)
    (folder / "plugins.ttl").write_text(plugins + PARAMETER)
    (folder / "presets.ttl").write_text(PREFIXES + PRESETS)
    (folder / "gain.txt").write_text("0.25\n")
    elsewhere = folder.parent / "elsewhere.lv2"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "manifest.ttl").write_text(PREFIXES + ELSEWHERE)
    (elsewhere / "elsewhere.ttl").write_text(PREFIXES + ELSEWHERE_PRESET)
    pathlib.Path(sys.argv[3]).write_text("")


if __name__ == "__main__":
    main()
