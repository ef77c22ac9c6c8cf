-- SPDX-License-Identifier: GPL-3.0-or-later
-- Every plug-in, one after the other on a track of one channel and one of two, run by the dummy engine for a second,
-- saved and loaded again: ardour.lua FOLDER. A track for each makes Ardour 7.3 damage its heap (doc/design/lv2-out.md).
local folder = os.getenv("TON_ARDOUR_SESSION")
local function ours(id) return string.find(id, "urn:tonmeister:lv2:") end
local function count(session)
  local n = 0
  for track in session:get_routes():iter() do
    for i = 0, 99 do
      local processor = track:nth_plugin(i)
      if processor:isnil() then break end
      if ours(processor:to_insert():plugin(0):unique_id()) then n = n + 1 end
    end
  end
  return n
end

AudioEngine:set_backend("None (Dummy)", "Test", "")
local session = create_session(folder, "session", 48000)
local ids, failed = {}, 0
for info in ARDOUR.LuaAPI.list_plugins():iter() do
  if ours(info.unique_id) then ids[#ids + 1] = info.unique_id end
end
for channels, kind in ipairs({":mono", ":stereo"}) do
  local tracks = session:new_audio_track(channels, 2, nil, 1, kind, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
  for track in tracks:iter() do
    for _, id in ipairs(ids) do
      if string.find(id, kind) then
        local processor = ARDOUR.LuaAPI.new_plugin(session, id, ARDOUR.PluginType.LV2, "")
        if processor:isnil() or track:add_processor_by_index(processor, 0, nil, true) ~= 0 then
          print("cannot be used:", id)
          failed = failed + 1
        end
      end
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
