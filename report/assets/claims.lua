-- Marks the claims of a page. A claim is a span .claim with the name of its check; results/evidence.json has the verdict, which
-- stands behind the sentence until somebody points at it. One that does not hold is struck through: only a draft gets so far.
local assets = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local report = quarto and quarto.project.directory or pandoc.path.join({ assets, ".." })
local root = pandoc.path.join({ report, ".." })
local code = "src/mnist_transfer/claims"

local function read(path)
  local file = io.open(path, "r")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- Where the code is to be read, by CITATION.cff; nil as long as it does not say.
local function repository()
  local cited = read(pandoc.path.join({ root, "CITATION.cff" }))
  return cited and cited:match("\nrepository%-code:%s*[\"']?(https?://[^%s\"']+)")
end

-- The module and line of each check, so that a reader can see what was checked.
local function places()
  local found = {}
  local ok, names = pcall(pandoc.system.list_directory, pandoc.path.join({ root, code }))
  for _, name in ipairs(ok and names or {}) do
    if name:match("%.py$") then
      local number = 0
      for line in (read(pandoc.path.join({ root, code, name })) .. "\n"):gmatch("(.-)\n") do
        number = number + 1
        local check = line:match("^def ([%w_]+)%(")
        if check then found[check:gsub("_", "-")] = code .. "/" .. name .. "#L" .. number end
      end
    end
  end
  return found
end

local verdicts, sources, count, struck = nil, nil, 0, 0

local function claim(span)
  if not span.classes:includes("claim") then return nil end
  local name = span.attributes.check
  span.attributes.check = nil
  if not verdicts then
    local text = read(pandoc.path.join({ root, "results", "evidence.json" }))
    verdicts, sources = text and pandoc.json.decode(text, false) or {}, places()
  end
  local verdict = verdicts[name] or { evidence = "not checked" }
  local holds = verdict.holds == true
  count = count + 1
  if not holds then
    struck = struck + 1
    span.content = pandoc.Inlines { pandoc.Strikeout(span.content) }
  end
  if not FORMAT:match("html") then return span end
  local id = "evidence-" .. count
  local evidence = { pandoc.Str((holds and "✓ " or "✗ ") .. verdict.evidence .. ". ") }
  if sources[name] then
    local url, place = repository(), pandoc.Code((sources[name]:gsub("#L", ":")))
    evidence[#evidence + 1] = pandoc.Str("The check: ")
    evidence[#evidence + 1] = url and pandoc.Link(place, url:gsub("/$", "") .. "/blob/main/" .. sources[name]) or place
  end
  span.attributes.tabindex = "0"
  span.attributes["aria-describedby"] = id
  span.content:insert(pandoc.Span(evidence, pandoc.Attr(id, { "evidence" }, { role = "note" })))
  return span
end

-- A page that is rendered although its claims do not all hold says so before all else.
local function draft(document)
  if not os.getenv("MNIST_TRANSFER_DRAFT") then return nil end
  local text = "This page was written for another study, or for other results: what it says need not hold here."
  if count > 0 then text = text .. " Sentences struck through: " .. struck .. " of the " .. count .. " with a check." end
  local title = pandoc.Div(pandoc.Para("A draft"), pandoc.Attr("", { "callout-title" }))
  document.blocks:insert(1, pandoc.Div({ title, pandoc.Para(text) }, pandoc.Attr("", { "callout" }, { role = "note" })))
  return document
end

-- Pages of one report stand side by side, whatever they are rendered to.
local function link(element)
  if FORMAT:match("typst") or FORMAT:match("pdf") then element.target = element.target:gsub("^(%a+)%.html", "%1.pdf") end
  return element
end

return { { Span = claim, Link = link }, { Pandoc = draft } }
