// The linked 3-D viewer: two scatter plots on plain canvases, which turn together. No library, nothing from another host.
// Its data are those of mnist_transfer.report.viewer. Names in them are data too: they become text, never HTML.
(() => {
  const root = document.querySelector(".viewer");
  const data = JSON.parse(document.getElementById("viewer-data").textContent);
  const SPLITS = ["train", "test"];
  const START = { yaw: 0.75, pitch: 0.35, zoom: 1 };
  const WITHIN = 0.97; // of the points lie within a radius of the cloud
  const DISTANCE = 4; // of the eye from the middle, in radii of the cloud: a mild perspective
  const TURN = 0.1; // radians a key press
  const ZOOM = 1.25; // a key press
  const MOUSE = "Drag or arrow keys: rotate. Click into a plot, then wheel or + and −: zoom. 0: reset. Point at a mark, or Enter and "
    + "Shift+Enter: see its image. Esc: leave the plot. Legend: click hides, Shift+click or double click shows only this.";
  const TOUCH = "Swipe sideways: rotate. Pinch: zoom. Tap a mark: see its image. Legend: tap hides, double tap shows only this.";
  const count = (number) => number.toLocaleString("en-GB");
  const letter = (cluster) => String.fromCharCode(65 + (cluster % 26)) + (cluster < 26 ? "" : Math.floor(cluster / 26)); // no digit
  const within = (value, low, high) => Math.max(Math.min(value, high), low);

  /** Make an element; properties with a dash, and role, are attributes. */
  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name.includes("-") || name === "role") element.setAttribute(name, value);
      else element[name] = value;
    }
    element.append(...children);
    return element;
  };
  const option = (title, value) => make("option", { value, textContent: title });
  const labelled = (title, control) => make("label", {}, title, control);
  const choice = (name, titles, change) => make("select", { "aria-label": name, onchange: change }, ...titles.map(option));

  // ---- Data, unpacked when they are first looked at ----
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const unpacked = new Map();
  const once = (key, compute) => {
    if (!unpacked.has(key)) unpacked.set(key, compute());
    return unpacked.get(key);
  };

  /** Class and row of every point: of the dataset, or of a view that has other images. */
  const labelsOf = (owner) => once(owner.class, () => {
    return { label: new Uint16Array(bytes(owner.class).buffer), index: new Int32Array(bytes(owner.index).buffer) };
  });
  const clustersOf = (view) => once(view.cluster, () => new Uint16Array(bytes(view.cluster).buffer));

  /** Positions in radii of the cloud: all but the farthest points are within one. It is one for both splits and all axes. */
  const positions = (view) => once(view.xyz, () => {
    const xyz = Float32Array.from(new Int16Array(bytes(view.xyz).buffer));
    const norms = new Float32Array(xyz.length / 3).map((_, at) => Math.hypot(...xyz.subarray(3 * at, 3 * at + 3))).sort();
    const radius = norms[Math.floor(WITHIN * (norms.length - 1))] || 1;
    return xyz.map((value) => value / radius);
  });

  /** The picture of all images of a dataset. */
  const sheet = (dataset) => once(dataset.images.webp, () => {
    const image = new Image();
    image.src = `data:image/webp;base64,${dataset.images.webp}`;
    image.decode().then(() => panels.forEach((panel) => panel.showCard())); // not only when the first card asks for it
    return image;
  });

  // ---- Marks: one small picture for each colour, shape and size, drawn once ----
  const marks = new Map();
  const isDark = () => document.body.classList.contains("quarto-dark");
  const colourOf = (group) => data.palette[(group ?? 0) % data.palette.length];
  const isSquare = (group) => Math.floor((group ?? 0) / data.palette.length) % 2 === 1; // where the colours start again
  const mark = (group, hollow, size) => {
    const key = (2 * group + Number(hollow)) * 256 + size;
    if (!marks.has(key)) {
      const canvas = make("canvas", { width: size + 2, height: size + 2 });
      const context = canvas.getContext("2d");
      const line = hollow ? Math.max(1, size / 5) : 0;
      const radius = (size - line) / 2;
      const middle = size / 2 + 1;
      context.beginPath();
      if (isSquare(group)) context.rect(middle - radius, middle - radius, 2 * radius, 2 * radius);
      else context.arc(middle, middle, radius, 0, 2 * Math.PI);
      context.lineWidth = line;
      // As viewer.css does it in the legend: the darkest would not be seen on a dark page.
      context.fillStyle = context.strokeStyle = isDark() ? `color-mix(in srgb, ${colourOf(group)} 75%, white)` : colourOf(group);
      if (hollow) context.stroke();
      else context.fill();
      marks.set(key, canvas);
    }
    return marks.get(key);
  };

  let awake = false;
  let linked = true;
  let active = null;
  let byCluster = false;

  class Panel {
    constructor(number, dataset) {
      this.number = number;
      Object.assign(this, { dataset: data.datasets[dataset], split: "test", camera: { ...START }, hidden: new Set() });
      Object.assign(this, { selected: -1, echo: -1, pinned: false, pointers: new Map(), travelled: 0 });
      Object.assign(this, { turning: false, queued: false });
      this.view = this.dataset.views[0];
      this.build();
      this.listen();
      this.change();
    }

    // ---- Controls ----
    build() {
      const name = (what) => `${what}, panel ${this.number}`;
      const titles = data.datasets.map((dataset) => dataset.title);
      this.selects = {
        dataset: choice(name("Dataset"), titles, () => this.choose()),
        split: choice(name("Split"), SPLITS, () => this.choose()),
        features: choice(name("Features"), [], () => this.choose()),
      };
      const hinted = { role: "application", "aria-describedby": "viewer-hint" };
      this.canvas = make("canvas", { className: "viewer-plot", tabIndex: 0, ...hinted });
      this.image = make("canvas");
      this.words = make("div");
      this.card = make("div", { className: "viewer-card", hidden: true, "aria-hidden": "true" }, this.image, this.words);
      this.live = make("p", { className: "viewer-live", "aria-live": "polite" });
      const button = (textContent, title, onclick) => {
        return make("button", { type: "button", textContent, title, "aria-label": name(title), onclick });
      };
      const zoom = make(
        "div",
        { className: "viewer-zoom" },
        button("−", "Zoom out", () => this.zoom(1 / ZOOM)),
        button("+", "Zoom in", () => this.zoom(ZOOM)),
        button("Reset", "Reset the view", () => this.turnTo(START)),
      );
      this.legend = make("div", { className: "viewer-legend", role: "group", "aria-label": name("Legend") });
      this.note = make("p", { className: "viewer-note" });
      const { dataset, split, features } = this.selects;
      const choices = [labelled("Dataset", dataset), labelled("Split", split), labelled("Features", features)];
      this.element = make(
        "section",
        { className: "viewer-panel", "aria-label": `Panel ${this.number}` },
        make("div", { className: "viewer-choice" }, ...choices),
        make("div", { className: "viewer-box" }, this.canvas, this.card, zoom),
        this.live,
        this.legend,
        this.note,
      );
    }

    choose() {
      const { dataset, split, features } = this.selects;
      this.show(data.datasets[dataset.value], SPLITS[split.value], features.selectedOptions[0].textContent);
    }

    /** Show a view; where the dataset lacks the one asked for, its first. */
    show(dataset, split, title) {
      if (dataset !== this.dataset || byCluster) this.hidden.clear();
      this.dataset = dataset;
      this.split = split;
      this.view = dataset.views.find((view) => view.title === title) ?? dataset.views[0];
      this.change();
    }

    /** Bring all that depends on what is shown up to date. */
    change() {
      const { dataset, view, split } = this;
      this.selects.dataset.value = data.datasets.indexOf(dataset);
      this.selects.split.value = SPLITS.indexOf(split);
      this.selects.features.replaceChildren(...dataset.views.map((other, at) => option(other.title, at)));
      this.selects.features.value = dataset.views.indexOf(view);
      const coloured = byCluster ? "coloured by cluster" : "coloured by class";
      this.canvas.setAttribute("aria-label", `3-D scatter plot: ${dataset.title}, ${split}, ${view.title}, ${coloured}`);
      this.select(-1);
      this.cluster = clustersOf(view);
      Object.assign(this, labelsOf(view.class ? view : dataset));
      this.from = split === "train" ? 0 : view.train;
      this.to = split === "train" ? view.train : this.cluster.length;
      const length = this.to - this.from;
      Object.assign(this, { x: new Float32Array(length), y: new Float32Array(length), depth: new Float32Array(length) });
      this.order = new Uint32Array(length).map((_, at) => at);
      this.buildLegend();
      if (awake) this.wake();
    }

    /** Unpack what only a panel in view needs, and draw. */
    wake() {
      this.xyz = positions(this.view);
      if (!this.view.class) sheet(this.dataset);
      this.redraw();
    }

    // ---- Legend ----
    group(row) {
      return byCluster ? this.cluster[row] : this.label[row];
    }

    /** A cluster has the colour of its commonest class; a second one of that class is square, so that the two differ. */
    colour(group) {
      if (!byCluster) return group;
      const { clusters } = this.view;
      const before = clusters.slice(0, group).filter((cluster) => cluster.class === clusters[group].class).length;
      return clusters[group].class + data.palette.length * before;
    }

    buildLegend() {
      const { classes } = this.dataset;
      const { clusters } = this.view;
      const sizes = new Array(classes.length).fill(0);
      for (let row = this.from; row < this.to; row += 1) sizes[this.label[row]] += 1;
      const groups = classes.map((_, group) => group);
      if (byCluster) groups.sort((a, b) => (clusters[a].class ?? Infinity) - (clusters[b].class ?? Infinity) || a - b);
      this.keys = new Map(groups.map((group) => {
        const [points, others] = clusters[group][this.split];
        const name = byCluster ? this.clusterName(group) : classes[group];
        const numbers = byCluster ? `${count(others)} of ${count(points)} differ` : count(sizes[group]);
        const dot = make("span", { className: `viewer-dot${isSquare(this.colour(group)) ? " viewer-square" : ""}` });
        dot.style.setProperty("--colour", colourOf(this.colour(group)));
        const title = "Click hides or shows; Shift+click or double click shows only this";
        const key = make("button", { type: "button", title }, dot, `${name} `, make("small", { textContent: numbers }));
        key.onclick = (event) => this.toggle(group, event.shiftKey);
        key.ondblclick = () => this.toggle(group, true); // its two clicks have undone each other
        return [group, key];
      }));
      const all = make("button", { type: "button", textContent: "All", onclick: () => this.hide([]) });
      this.legend.replaceChildren(...this.keys.values(), all);
      this.note.textContent = byCluster ? this.disagreement() : `${count(this.to - this.from)} points, counted by class.`;
      this.refreshLegend();
    }

    clusterName(cluster) {
      const commonest = this.view.clusters[cluster].class;
      return `${letter(cluster)} → ${commonest === null ? "empty" : this.dataset.classes[commonest]}`;
    }

    disagreement() {
      const { clusters } = this.view;
      const others = clusters.reduce((sum, cluster) => sum + cluster[this.split][1], 0);
      const without = this.dataset.classes.filter((_, label) => !clusters.some((cluster) => cluster.class === label));
      const number = this.to - this.from;
      const differ = `${count(others)} of ${count(number)} points (${Math.round((100 * others) / (number || 1))}%)`;
      const missing = without.length ? ` Commonest in no cluster: ${without.join(", ")}.` : "";
      return `Each cluster → its commonest class, whose colour it has. ${differ} are of another class: drawn hollow.${missing}`;
    }

    toggle(group, only) {
      const others = [...this.keys.keys()].filter((other) => other !== group);
      const alone = !this.hidden.has(group) && others.every((other) => this.hidden.has(other));
      if (only) this.hide(alone ? [] : others);
      else if (this.hidden.has(group)) this.hide([...this.hidden].filter((other) => other !== group));
      else this.hide([...this.hidden, group]);
    }

    hide(groups) {
      this.hidden = new Set(groups);
      this.refreshLegend();
    }

    refreshLegend() {
      for (const [group, key] of this.keys) key.setAttribute("aria-pressed", !this.hidden.has(group));
      if (this.selected >= 0 && this.hidden.has(this.group(this.selected))) this.select(-1);
      this.redraw();
    }

    // ---- Camera ----
    turn(yaw, pitch) {
      this.turnTo({ yaw: this.camera.yaw + yaw, pitch: within(this.camera.pitch + pitch, -Math.PI / 2, Math.PI / 2) });
    }

    zoom(factor) {
      this.turnTo({ zoom: within(this.camera.zoom * factor, 0.4, 12) });
    }

    turnTo(change) {
      for (const panel of linked ? panels : [this]) {
        Object.assign(panel.camera, change);
        panel.redraw();
      }
    }

    listen() {
      const { canvas, pointers } = this;
      this.element.addEventListener("focusin", () => activate(this));
      this.element.addEventListener("pointerdown", () => activate(this));
      canvas.addEventListener("pointerdown", (event) => {
        canvas.focus({ preventScroll: true });
        canvas.setPointerCapture(event.pointerId);
        if (!pointers.size) Object.assign(this, { travelled: 0, turning: false });
        pointers.set(event.pointerId, [event.clientX, event.clientY]);
      });
      canvas.addEventListener("pointermove", (event) => this.move(event));
      canvas.addEventListener("pointerup", (event) => {
        if (pointers.delete(event.pointerId) && this.travelled < 6) this.point(event, event.pointerType === "mouse" ? 10 : 24, true);
      });
      canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
      canvas.addEventListener("pointerleave", () => {
        if (!this.pinned && !pointers.size) this.select(-1);
      });
      // Until it is clicked into, the page scrolls.
      canvas.addEventListener("wheel", (event) => {
        if (document.activeElement !== canvas) return;
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.04 : 0.0015)));
      }, { passive: false });
      canvas.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey || !this.press(event.key, event.shiftKey)) return;
        event.preventDefault();
      });
      new ResizeObserver(() => this.redraw()).observe(canvas);
    }

    /** Answer a key, and say whether there is an answer. */
    press(key, shift) {
      const turns = { ArrowLeft: [-TURN, 0], ArrowRight: [TURN, 0], ArrowUp: [0, TURN], ArrowDown: [0, -TURN] };
      if (turns[key]) this.turn(...turns[key]);
      else if (key === "+" || key === "=") this.zoom(ZOOM);
      else if (key === "-") this.zoom(1 / ZOOM);
      else if (key === "0") this.turnTo(START);
      else if (key === "Enter" || key === " ") this.step(shift ? -1 : 1);
      else if (key === "Escape") {
        this.select(-1);
        this.canvas.blur();
      } else return false;
      return true;
    }

    move(event) {
      const before = this.pointers.get(event.pointerId);
      if (!before) {
        if (event.pointerType === "mouse") this.point(event, 10, false);
        return;
      }
      const now = [event.clientX, event.clientY];
      const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
      this.travelled += Math.hypot(dx, dy);
      if (this.pointers.size === 2) {
        const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
        const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
        this.zoom(apart(now) / apart(before));
      } else {
        // A finger that sets out upwards or downwards is about to scroll the page: the browser takes it over a little later.
        this.turning ||= event.pointerType !== "touch" || Math.abs(dx) > Math.abs(dy);
        if (!this.turning) return;
        this.turn(dx * 0.009, dy * 0.009);
      }
      this.pointers.set(event.pointerId, now);
    }

    // ---- One point ----
    /** Select the point under the pointer, within some pixels; `pin` keeps it when the pointer leaves. */
    point(event, reach, pin) {
      if (!awake) return;
      const box = this.canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      let nearest = reach ** 2;
      let found = -1;
      for (let at = this.order.length - 1; at >= 0; at -= 1) { // near ones first: they win a tie
        const point = this.order[at];
        const square = (this.x[point] - x) ** 2 + (this.y[point] - y) ** 2;
        if (square < nearest && !this.hidden.has(this.group(this.from + point))) {
          nearest = square;
          found = this.from + point;
        }
      }
      if (found >= 0 || pin || !this.pinned) this.select(found, pin && found >= 0);
    }

    step(direction) {
      const number = this.to - this.from;
      let row = this.selected < 0 ? (direction > 0 ? this.from - 1 : this.to) : this.selected;
      for (let tried = 0; tried < number; tried += 1) {
        row = this.from + ((row + direction - this.from + number) % number);
        if (!this.hidden.has(this.group(row))) return this.select(row, true);
      }
      return undefined;
    }

    select(row, pin = false) {
      if (row === this.selected && pin === this.pinned) return;
      this.selected = row;
      this.pinned = pin;
      for (const other of panels) {
        if (other === this) continue;
        // The same image, where the other panel has it.
        const shares = other.dataset === this.dataset && other.split === this.split && !other.view.class && !this.view.class;
        other.echo = shares ? row : -1;
        other.redraw();
      }
      this.showCard();
      if (pin) this.live.textContent = [...this.words.children].map((line) => line.textContent).join(", ");
      this.redraw();
    }

    showCard() {
      const { selected: row, dataset, view } = this;
      this.card.hidden = row < 0;
      if (row < 0) return;
      const commonest = view.clusters[this.cluster[row]].class;
      const place = `row ${this.index[row]} of the`;
      const where = view.class ? `${place} recipe's ${this.split} split; no image kept` : `${place} raw ${this.split} file`;
      this.words.replaceChildren(
        make("strong", { textContent: dataset.classes[this.label[row]] }),
        make("div", { textContent: `cluster ${letter(this.cluster[row])}, mostly ${dataset.classes[commonest]}` }),
        make("div", { textContent: where }),
      );
      this.image.hidden = Boolean(view.class);
      if (view.class || !sheet(dataset).complete) return;
      const { width, height, columns } = dataset.images;
      Object.assign(this.image, { width, height });
      const [left, top] = [width * (row % columns), height * Math.floor(row / columns)];
      this.image.getContext("2d").drawImage(sheet(dataset), left, top, width, height, 0, 0, width, height);
    }

    /** Put the card beside its point, on the side that has room. */
    placeCard(width, height) {
      if (this.card.hidden) return;
      const at = this.selected - this.from;
      const [across, down] = [this.card.offsetWidth, this.card.offsetHeight];
      const left = within(this.x[at] < width / 2 ? this.x[at] + 14 : this.x[at] - 14 - across, 0, width - across);
      const top = within(this.y[at] - down / 2, 0, height - down);
      this.card.style.transform = `translate(${left}px, ${top}px)`;
    }

    // ---- Drawing ----
    redraw() {
      if (this.queued || !awake) return;
      this.queued = true;
      requestAnimationFrame(() => {
        this.queued = false;
        this.draw();
      });
    }

    /** Return what turns a position into pixels from the left and the top, and closeness. */
    projection(width, height) {
      const { yaw, pitch, zoom } = this.camera;
      const [cosYaw, sinYaw, cosPitch, sinPitch] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
      const unit = 0.4 * Math.min(width, height) * zoom;
      return (x, y, z) => {
        const across = x * cosYaw - y * sinYaw;
        const away = x * sinYaw + y * cosYaw;
        const depth = z * sinPitch - away * cosPitch;
        const near = DISTANCE / Math.max(DISTANCE - depth, 0.5);
        return [width / 2 + unit * near * across, height / 2 - unit * near * (away * sinPitch + z * cosPitch), depth, near];
      };
    }

    draw() {
      const { canvas } = this;
      const [width, height] = [canvas.clientWidth, canvas.clientHeight];
      if (!width || !height) return;
      const ratio = Math.min(window.devicePixelRatio || 1, 3);
      const size = [width, height].map((length) => Math.round(length * ratio));
      if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
      const context = canvas.getContext("2d");
      const style = getComputedStyle(root);
      const [ink, faint, ground] = ["--ink", "--faint", "--raised"].map((name) => style.getPropertyValue(name));
      const project = this.projection(width, height);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      const ends = this.drawAxes(context, project, faint);
      this.place(project);
      this.drawPoints(context, ratio, width);
      Object.assign(context, { fillStyle: faint, strokeStyle: ground, font: `12px ${style.fontFamily}` });
      ends.forEach((end, axis) => this.drawLabel(context, axis, end, [width, height]));
      for (const row of [this.selected, this.echo]) this.drawRing(context, row, ink);
      this.placeCard(width, height);
    }

    /** Find out where the points are, and order them: far ones first, so that no class lies on top of the others. */
    place(project) {
      const { x, y, depth, order, xyz } = this;
      for (let at = 0; at < order.length; at += 1) {
        const start = 3 * (this.from + at);
        [x[at], y[at], depth[at]] = project(xyz[start], xyz[start + 1], xyz[start + 2]);
      }
      order.sort((a, b) => depth[a] - depth[b]);
    }

    drawPoints(context, ratio, width) {
      const size = ratio * 4.4 * within(width / 420, 0.8, 1.3) * Math.sqrt(this.camera.zoom);
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0); // a mark has the pixels that it needs, none is scaled
      for (const at of this.order) {
        const row = this.from + at;
        const group = this.group(row);
        if (this.hidden.has(group)) continue;
        const colour = this.colour(group);
        const closeness = within((this.depth[at] + 1) / 2, 0, 1);
        const image = mark(colour, byCluster && this.label[row] !== this.view.clusters[group].class, Math.round(size * (0.75 + 0.5 * closeness)));
        const half = image.width / 2;
        context.globalAlpha = 0.4 + 0.45 * closeness;
        context.drawImage(image, Math.round(this.x[at] * ratio - half), Math.round(this.y[at] * ratio - half));
      }
      context.restore();
    }

    /** Draw the axes, and return where their labels belong. */
    drawAxes(context, project, colour) {
      Object.assign(context, { strokeStyle: colour, lineWidth: 1, globalAlpha: 0.5 });
      const ends = [0, 1, 2].map((axis) => {
        const on = (length) => project(...[0, 1, 2].map((other) => (other === axis ? length : 0))).slice(0, 2);
        context.beginPath();
        context.moveTo(...on(-1));
        context.lineTo(...on(1));
        context.stroke();
        return on(1.1);
      });
      context.globalAlpha = 1;
      return ends;
    }

    /** Write an axis' name and share over the points, with a rim of the ground's colour so that it can be read there. */
    drawLabel(context, axis, [x, y], [width, height]) {
      const { variance } = this.view;
      const text = `PC ${axis + 1}${variance ? ` · ${(100 * variance[axis]).toFixed(1)}%` : ""}`;
      const half = context.measureText(text).width / 2;
      Object.assign(context, { textAlign: "center", textBaseline: "middle", lineWidth: 4, lineJoin: "round" });
      const at = [within(x, half, width - half), within(y, 8, height - 8)];
      context.strokeText(text, ...at);
      context.fillText(text, ...at);
    }

    drawRing(context, row, colour) {
      if (row < this.from || row >= this.to) return;
      Object.assign(context, { strokeStyle: colour, lineWidth: 2 });
      context.beginPath();
      context.arc(this.x[row - this.from], this.y[row - this.from], 7, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  // ---- The whole ----
  const panels = [];
  const second = Math.min(1, data.datasets.length - 1);
  const target = make("span");
  const presets = data.datasets.flatMap((dataset) => SPLITS.map((split) => {
    const button = make("button", { type: "button", textContent: `${dataset.title}, ${split}` });
    button.onclick = () => {
      active.show(dataset, split, dataset.views[0].title);
      refreshPresets();
    };
    return { button, dataset, split };
  }));
  const refreshPresets = () => {
    target.textContent = `The paper's views, in panel ${active.number}:`;
    for (const { button, dataset, split } of presets) {
      const shown = active.dataset === dataset && active.split === split && active.view === dataset.views[0];
      button.setAttribute("aria-pressed", shown);
    }
  };
  const activate = (panel) => {
    active = panel;
    refreshPresets();
  };
  panels.push(new Panel(1, 0), new Panel(2, second));
  activate(panels[0]);
  for (const panel of panels) panel.element.addEventListener("change", refreshPresets);

  const colours = choice("Colour by, both panels", ["class", "KMeans cluster"], () => {
    byCluster = colours.value === "1";
    for (const panel of panels) {
      panel.hidden.clear();
      panel.change();
    }
  });
  const link = make("input", { type: "checkbox", checked: true });
  link.onchange = () => {
    linked = link.checked;
    if (linked) active.turnTo({ ...active.camera });
  };
  const both = make("label", {}, link, "Turn both together");
  const bar = make("div", { className: "viewer-bar", role: "group", "aria-label": "Both panels" });
  bar.append(target, ...presets.map(({ button }) => button), labelled("Colour by", colours), both);
  const hint = make(
    "p",
    { className: "viewer-hint", id: "viewer-hint" },
    make("span", { className: "viewer-mouse", textContent: MOUSE }),
    make("span", { className: "viewer-touch", textContent: TOUCH }),
  );
  root.append(bar, make("div", { className: "viewer-panels" }, ...panels.map((panel) => panel.element)), hint);

  // Phrases of the page show some classes of a dataset alone.
  document.addEventListener("DOMContentLoaded", () => {
    for (const phrase of document.querySelectorAll("span.isolate")) {
      const dataset = data.datasets[Number(phrase.dataset.dataset)];
      const labels = phrase.dataset.classes.split(" ").map(Number);
      const button = make("button", { type: "button", className: "isolate", title: "Show these alone in the 3-D view" });
      button.append(...phrase.childNodes);
      phrase.replaceWith(button);
      button.onclick = () => {
        colours.value = "0";
        colours.onchange();
        const panel = panels.find((one) => one.dataset === dataset) ?? active;
        panel.show(dataset, panel.split, panel.view.title);
        panel.hide(dataset.classes.map((_, label) => label).filter((label) => !labels.includes(label)));
        refreshPresets();
        panel.element.scrollIntoView({ block: "center" });
      };
    }
  });

  // The page must not wait for what lies further down.
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    awake = true;
    for (const panel of panels) panel.wake();
  }, { rootMargin: "400px" });
  observer.observe(root);
  const repaint = () => {
    marks.clear();
    for (const panel of panels) panel.redraw();
  };
  new MutationObserver(repaint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
})();
