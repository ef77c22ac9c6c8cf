/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our processors, alphabetically, each set so that it works, and what does the same. */
#define CALF "http://calf.sourceforge.net/plugins/"
#define LSP "http://lsp-plug.in/plugins/lv2/"
// clang-format off
{"chorus: {}", CALF "MultiChorus", ""},
{"clipper: {drive: 6 dB}", NULL, NULL},
{"compressor: {threshold: -30 dB, hold: 0 ms}", LSP "compressor_stereo", "al=0.03"},
{"delay: {time: 300 ms, feedback: 40 %}", CALF "VintageDelay", ""},
{"ducker: {threshold: -30 dB}", LSP "sc_compressor_stereo", "al=0.03"},
{"eq: {bands: [{frequency: 100 Hz, gain: 3 dB}, {frequency: 500 Hz, gain: -3 dB}, {frequency: 2 kHz, gain: 3 dB}, {frequency: 8 kHz, gain: -3 dB}]}",
 LSP "para_equalizer_x16_stereo", "ft_0=1 f_0=100 g_0=1.4 ft_1=1 f_1=500 g_1=0.7 ft_2=1 f_2=2000 g_2=1.4 ft_3=1 f_3=8000 g_3=0.7"},
{"exciter: {}", CALF "Exciter", ""},
{"expander: {threshold: -20 dB, ratio: 2}", LSP "expander_stereo", "al=0.1"},
{"flanger: {}", CALF "Flanger", ""},
{"gain: {gain: -3 dB}", NULL, NULL},
{"gate: {threshold: -20 dB}", LSP "gate_stereo", "gt=0.1"},
{"leveler: {}", NULL, NULL},
{"limiter: {gain: 6 dB}", LSP "limiter_stereo", "g_in=2 ovs=7"},
{"phaser: {}", CALF "Phaser", ""},
{"reverb: {mix: 30 %}", CALF "Reverb", ""},
{"saturator: {kind: tape}", CALF "TapeSimulator", "level_in=2"},
{"saturator: {kind: tube}", CALF "Saturator", "drive=5"},
{"transient: {attack: 6 dB}", CALF "TransientDesigner", "attack_boost=0.5"},
{"tremolo: {}", CALF "Pulsator", ""},
{"width: {width: 130 %}", CALF "StereoTools", "slev=1.3"},
