/* global uPlot */
// Draws each `[data-chart]`: {"days": ["2026-11-25", …], "unit": "count" | "usd" | "seconds",
// "series": [{"label", "values", "tone": "accent" | "bad" | "ok" | "muted"}]}. Instead of days it may
// have "times", within one or two days, shown in the zone `data-zone`.
(() => {
  const HEIGHT = 200;
  const DAY_SECONDS = 86_400;
  const HOUR_SECONDS = 3_600;
  const WHOLE = [1, 2, 5];
  const COUNTS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8].flatMap((n) => WHOLE.map((m) => m * n));
  const SPANS = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
  const lang = document.documentElement.lang;
  const span = (unit) =>
    new Intl.NumberFormat(lang, {
      style: 'unit',
      unit,
      unitDisplay: 'narrow',
      maximumFractionDigits: 1,
    });
  const spans = { second: span('second'), minute: span('minute'), hour: span('hour') };
  const formatSpan = (seconds) => {
    if (seconds < 90) return spans.second.format(Math.round(seconds));
    if (seconds < 5_400) return spans.minute.format(Math.round(seconds / 60));
    return spans.hour.format(seconds / HOUR_SECONDS);
  };
  const formats = {
    count: new Intl.NumberFormat(lang),
    usd: new Intl.NumberFormat(lang, { style: 'currency', currency: 'USD' }),
    seconds: { format: formatSpan },
  };
  const INCREMENTS = { count: COUNTS, seconds: SPANS };
  const day = new Intl.DateTimeFormat(lang, { month: 'short', day: 'numeric', timeZone: 'UTC' });
  const dayOf = (seconds) => day.format(new Date(seconds * 1_000));

  const axis = () => ({
    stroke: colour('ink-3'),
    font: '11px "Inter Variable", sans-serif',
    grid: { stroke: colour('line-soft'), width: 1 },
    ticks: { show: false },
  });

  const clock = (timeZone) => {
    const format = new Intl.DateTimeFormat(lang, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone,
    });
    return (seconds) => format.format(new Date(seconds * 1_000));
  };

  const draw = (element) => {
    const { days, times, unit, series } = JSON.parse(element.dataset.chart);
    const zone = times ? (element.dataset.zone ?? 'Etc/UTC') : 'Etc/UTC';
    const sayX = times ? clock(zone) : dayOf;
    const [step, steps] = times
      ? [HOUR_SECONDS, [1, 2, 3, 4, 6, 12, 24]]
      : [DAY_SECONDS, [1, 2, 5, 10, 15, 30]];
    const format = formats[unit];
    const say = (value) => (value === null || value === undefined ? '–' : format.format(value));
    const tone = ({ tone: name = 'accent' }) => colour(name === 'muted' ? 'ink-3' : name);
    const options = {
      width: element.clientWidth,
      height: Number(element.dataset.height ?? HEIGHT),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
      scales: {
        y: { range: (_, min, max) => [0, Math.max(unit === 'usd' ? 0.01 : 1, max * 1.1)] },
      },
      legend: { live: true },
      cursor: { y: false, drag: { setScale: false } },
      axes: [
        {
          ...axis(),
          grid: { show: false },
          incrs: steps.map((n) => n * step),
          values: (_, all) => all.map(sayX),
          space: 64,
        },
        {
          ...axis(),
          size: 56,
          values: (_, all) => all.map((value) => format.format(value)),
          incrs: INCREMENTS[unit],
        },
      ],
      series: [
        {
          label: element.dataset.day ?? 'Day',
          value: (_, seconds) => (seconds ? sayX(seconds) : '–'),
        },
        ...series.map((one) => ({
          label: one.label,
          stroke: tone(one),
          width: 2,
          fill: `color-mix(in srgb, ${tone(one)} 12%, transparent)`,
          points: { show: false },
          value: (_, value) => say(value),
        })),
      ],
    };
    const stamps = times ?? days.map((one) => `${one}T00:00:00Z`);
    const x = stamps.map((one) => Date.parse(one) / 1_000);
    element.replaceChildren();
    return new uPlot(options, [x, ...series.map(({ values }) => values)], element);
  };

  const drawAll = () => {
    for (const element of document.querySelectorAll('[data-chart]')) draw(element);
  };
  drawAll();
  // What came in by htmx since.
  document.addEventListener('htmx:after:swap', () => {
    for (const element of document.querySelectorAll('[data-chart]:empty')) draw(element);
  });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    drawAll();
  });
})();
