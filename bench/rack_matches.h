/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our processors, alphabetically, each set so that it works, and what does the same. */
#define CALF "http://calf.sourceforge.net/plugins/"
#define LSP "http://lsp-plug.in/plugins/lv2/"
#define X42 "http://gareus.org/oss/lv2/"
// clang-format off
{"chorus: {}", CALF "MultiChorus", ""},
{"clipper: {drive: 6 dB}", FFMPEG, "volume=6dB,asoftclip=type=hard:threshold=0.9:oversample=32"},
{"compressor: {threshold: -30 dB, hold: 0 ms}", LSP "compressor_stereo", "al=0.03"},
{"deesser: {balance: -30 dB}", CALF "Deesser", "mode=1 threshold=0.02"},
{"delay: {time: 300 ms, feedback: 40 %}", CALF "VintageDelay", ""},
{"ducker: {threshold: -30 dB}", LSP "sc_compressor_stereo", "al=0.03"},
{"dynamic eq: {bands: [{frequency: 1 kHz, range: -6 dB, threshold: -40 dB}]}", "urn:zamaudio:ZamDynamicEQ", "thr=-40 togglepeak=1"},
{"eq: {bands: [{frequency: 100 Hz, gain: 3 dB}, {frequency: 500 Hz, gain: -3 dB}, {frequency: 2 kHz, gain: 3 dB}, {frequency: 8 kHz, gain: -3 dB}]}",
 LSP "para_equalizer_x16_stereo", "ft_0=1 f_0=100 g_0=1.4 ft_1=1 f_1=500 g_1=0.7 ft_2=1 f_2=2000 g_2=1.4 ft_3=1 f_3=8000 g_3=0.7"},
{"eq: {phase: linear, bands: [{frequency: 100 Hz, gain: 3 dB}, {frequency: 500 Hz, gain: -3 dB}, {frequency: 2 kHz, gain: 3 dB}, {frequency: 8 kHz, gain: -3 dB}]}",
 LSP "para_equalizer_x16_stereo", "mode=1 ft_0=1 f_0=100 g_0=1.4 ft_1=1 f_1=500 g_1=0.7 ft_2=1 f_2=2000 g_2=1.4 ft_3=1 f_3=8000 g_3=0.7"},
{"exciter: {}", CALF "Exciter", ""},
{"expander: {threshold: -20 dB, ratio: 2}", LSP "expander_stereo", "al=0.1"},
{"flanger: {}", CALF "Flanger", ""},
{"gain: {gain: -3 dB}", X42 "balance", "trim=-3"},
{"gate: {threshold: -20 dB}", LSP "gate_stereo", "gt=0.1"},
{"leveler: {}", FFMPEG, "dynaudnorm"},
{"limiter: {gain: 6 dB}", LSP "limiter_stereo", "g_in=2 ovs=7"},
{"meter: {}", X42 "meters#EBUr128 " X42 "meters#dBTPstereo", ""},
{"multiband: {bands: [{up to: 120 Hz}, {up to: 1 kHz}, {up to: 6 kHz}, {}]}", CALF "MultibandCompressor", ""},
{"phaser: {}", CALF "Phaser", ""},
{"reverb: {mix: 30 %}", CALF "Reverb", ""},
{"saturator: {kind: tape}", CALF "TapeSimulator", "level_in=2"},
{"saturator: {kind: tube}", CALF "Saturator", "drive=5"},
{"tone: {}", X42 "testsignal", ""},
{"transient: {attack: 6 dB}", CALF "TransientDesigner", "attack_boost=0.5"},
{"tremolo: {}", CALF "Pulsator", ""},
{"width: {width: 130 %}", CALF "StereoTools", "slev=1.3"},
