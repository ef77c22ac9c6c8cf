-- SPDX-License-Identifier: GPL-3.0-or-later
-- Every plug-in on a track of its own, run by the dummy engine for a second, saved and loaded again: ardour.lua FOLDER.
local folder = os.getenv("TON_ARDOUR_SESSION")
local function ours(id) return string.find(id, "urn:tonmeister:lv2:") end
local function count(session)
  local n = 0
  for track in session:get_routes():iter() do
    local processor = track:nth_plugin(0)
    if not processor:isnil() and ours(processor:to_insert():plugin(0):unique_id()) then n = n + 1 end
  end
  return n
end

AudioEngine:set_backend("None (Dummy)", "Test", "")
local session = create_session(folder, "session", 48000)
local ids, failed = {}, 0
for info in ARDOUR.LuaAPI.list_plugins():iter() do
  if ours(info.unique_id) then ids[#ids + 1] = info.unique_id end
end
for _, id in ipairs(ids) do
  local channels = string.find(id, ":mono") and 1 or 2
  local tracks = session:new_audio_track(channels, 2, nil, 1, id, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
  local processor = ARDOUR.LuaAPI.new_plugin(session, id, ARDOUR.PluginType.LV2, "")
  for track in tracks:iter() do
    if processor:isnil() or track:add_processor_by_index(processor, 0, nil, true) ~= 0 then
      print("cannot be used:", id)
      failed = failed + 1
    end
  end
end
ARDOUR.LuaAPI.usleep(1000000)
local running = count(session)
session:save_state("")
collectgarbage()
close_session()
session = load_session(folder, "session")
print(string.format("found %d, running %d, failed %d, loaded again %d", #ids, running, failed, count(session)))
collectgarbage()
close_session()
