-- What Quarto adds to pandoc's Markdown, as far as the report uses it, for the preview: numbered figures and tables,
-- references to these and to sections, and callouts.
local kinds = { fig = "Figure", tbl = "Table", sec = "Section" }
local numbers, counts, sections = {}, { fig = 0, tbl = 0 }, { 0, 0 }

local function header(element)
  if element.classes:includes("unnumbered") or element.level < 2 or element.level > 3 then return end
  local level = element.level - 1
  sections[level] = sections[level] + 1
  if level == 1 then sections[2] = 0 end
  numbers[element.identifier] = table.concat(sections, ".", 1, level)
end

local function div(element)
  local kind = element.identifier:match("^(%a+)%-")
  if counts[kind] then
    counts[kind] = counts[kind] + 1
    numbers[element.identifier] = tostring(counts[kind])
    local label, caption = kinds[kind] .. "\u{a0}" .. counts[kind] .. ": ", nil
    local last = element.content[#element.content]
    if last and last.t == "Para" then
      caption = { pandoc.Plain(pandoc.Inlines { pandoc.Str(label) } .. last.content) }
      element.content:remove()
    end
    element.classes:insert("quarto-float-" .. kind)
    return pandoc.Figure(element.content, { long = caption or {} }, element.attr)
  end
  for _, class in ipairs(element.classes) do
    local name = class:match("^callout%-(%a+)$")
    if name and name ~= "title" then
      local title = element.attributes.title or name:gsub("^%l", string.upper)
      element.attributes.title, element.attributes.role = nil, "note"
      element.classes:insert("callout")
      element.content:insert(1, pandoc.Div(pandoc.Para(title), pandoc.Attr("", { "callout-title" })))
      return element
    end
  end
end

local function cite(element)
  local links = pandoc.Inlines {}
  for _, citation in ipairs(element.citations) do
    local kind = kinds[citation.id:match("^(%a+)%-")]
    if not kind then return end
    local number = numbers[citation.id] or error("the report refers to " .. citation.id .. ", which it does not have", 0)
    if #links > 0 then links:insert(pandoc.Str(", ")) end
    links:insert(pandoc.Link(kind .. "\u{a0}" .. number, "#" .. citation.id))
  end
  return links
end

return { { Header = header, Div = div, traverse = "topdown" }, { Cite = cite } }
