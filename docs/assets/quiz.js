// Questions of the lessons: judged in the page as the package judges them, and remembered in this
// browser and nowhere else. On the page "Your progress" exercises are ticked by hand.
;(() => {
  const KEY = "vae-course.done"

  const remembered = () => {
    try {
      const found = JSON.parse(localStorage.getItem(KEY))
      return Array.isArray(found) ? new Set(found) : new Set()
    } catch {
      return new Set() // nothing there, or a browser that remembers nothing
    }
  }
  const remember = (numbers) => {
    try {
      localStorage.setItem(KEY, JSON.stringify([...numbers].sort()))
    } catch {
      /* then it is forgotten when the page is left */
    }
  }
  const note = (number, isDone) => {
    const done = remembered()
    if (isDone) done.add(number)
    else done.delete(number)
    remember(done)
  }

  // What is to be said to an answer: empty if it is right, null if it is none.
  const judges = {
    choice(form, { wrong }) {
      const chosen = form.querySelector("input:checked")
      return chosen ? (wrong[chosen.value] ?? "") : null
    },
    number(form, { right: [low, high], wrong, otherwise }) {
      const text = form.querySelector("input").value.trim().replace("−", "-").replace(/,(?=\d{1,2}$)/, ".")
      const value = text === "" ? NaN : Number(text)
      if (!Number.isFinite(value)) return null
      if (low <= value && value <= high) return ""
      return wrong.find(([from, to]) => from <= value && value <= to)?.[2] ?? otherwise
    },
    order(form, { wrong }) {
      const given = [...form.querySelectorAll("li")].map((line) => line.dataset.letter).join("")
      const pair = Object.keys(wrong).find(([first, second]) => given.indexOf(first) > given.indexOf(second))
      return pair ? wrong[pair] : ""
    },
  }
  const ASK = { choice: "Choose an answer first.", number: "Write a number first, such as 0.5.", order: "" }

  const say = (form, kind, words, text) => {
    const status = form.querySelector("[role=status]")
    const mark = document.createElement("strong")
    mark.textContent = words
    status.replaceChildren(mark, ` ${text}`)
    form.dataset.verdict = kind
  }

  const judge = (form) => {
    const about = JSON.parse(form.dataset.about)
    const objection = judges[form.dataset.kind](form, about)
    if (objection === null) return say(form, "none", "○", ASK[form.dataset.kind])
    if (objection) return say(form, "failed", "✗ Not so.", objection)
    note(form.dataset.number, true)
    say(form, "passed", "✓ Right.", about.because)
  }

  const move = (button) => {
    const line = button.closest("li")
    const other = button.dataset.by < 0 ? line.previousElementSibling : line.nextElementSibling
    if (!other) return
    if (button.dataset.by < 0) other.before(line)
    else other.after(line)
    button.focus()
    const place = [...line.parentElement.children].indexOf(line) + 1
    say(button.closest("form"), "none", "", `Now line ${place}.`)
  }

  const setUp = (form) => {
    form.onsubmit = (event) => {
      event.preventDefault()
      judge(form)
    }
    form.querySelectorAll("button[data-by]").forEach((button) => (button.onclick = () => move(button)))
    if (remembered().has(form.dataset.number)) say(form, "done", "✓", "You have answered this one.")
  }

  const show = (body) => {
    const done = remembered()
    let all = 0
    let made = 0
    body.querySelectorAll(".course-to-do").forEach((lesson) => {
      const rows = [...lesson.querySelectorAll("li")]
      const finished = rows.filter((row) => done.has(row.dataset.number))
      rows.forEach((row) => {
        const isDone = finished.includes(row)
        const box = row.querySelector("input")
        if (box) return (box.checked = isDone)
        const mark = row.querySelector("[role=img]")
        mark.textContent = isDone ? "✓" : "○"
        mark.setAttribute("aria-label", isDone ? "done" : "to do")
      })
      lesson.querySelector("progress").value = finished.length
      lesson.querySelector("span").textContent = `${finished.length} of ${rows.length} done`
      all += rows.length
      made += finished.length
    })
    body.querySelector("#course-done").textContent = `${made} of ${all} exercises and questions are done.`
  }

  const setUpProgress = (body) => {
    show(body)
    body.querySelectorAll(".course-to-do input").forEach((box) => {
      box.onchange = () => {
        note(box.closest("li").dataset.number, box.checked)
        show(body)
      }
    })
    body.querySelector("#course-take").onclick = () => {
      const line = body.querySelector("#course-line")
      const found = [...line.value.matchAll(/(\d+\.\w+) ✓/g)].map((match) => match[1])
      remember(new Set([...remembered(), ...found]))
      line.value = ""
      show(body)
      body.querySelector("#course-taken").textContent = `${found.length} found in it.`
    }
    body.querySelector("#course-forget").onclick = () => {
      remember([])
      show(body)
    }
  }

  document$.subscribe(({ body }) => {
    body.querySelectorAll("form.nb-quiz").forEach(setUp)
    if (body.querySelector("#course-done")) setUpProgress(body)
  })
})()
