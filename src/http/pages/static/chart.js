/* global uPlot */
// Draws each `[data-chart]`: {"days": ["2026-11-25", …], "unit": "count" | "usd",
// "series": [{"label", "values", "tone": "accent" | "bad" | "muted"}]}.
(() => {
  const HEIGHT = 200;
  const DAY_SECONDS = 86_400;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
  const lang = document.documentElement.lang;
  const formats = {
    count: new Intl.NumberFormat(lang),
    usd: new Intl.NumberFormat(lang, { style: 'currency', currency: 'USD' }),
  };
  const day = new Intl.DateTimeFormat(lang, { month: 'short', day: 'numeric', timeZone: 'UTC' });
  const dayOf = (seconds) => day.format(new Date(seconds * 1_000));

  const axis = () => ({
    stroke: colour('ink-3'),
    font: '11px "Inter Variable", sans-serif',
    grid: { stroke: colour('line-soft'), width: 1 },
    ticks: { show: false },
  });

  const draw = (element) => {
    const { days, unit, series } = JSON.parse(element.dataset.chart);
    const format = formats[unit];
    const say = (value) => (value === null || value === undefined ? '–' : format.format(value));
    const tone = ({ tone: name = 'accent' }) => colour(name === 'muted' ? 'ink-3' : name);
    const options = {
      width: element.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
      scales: {
        y: { range: (_, min, max) => [0, Math.max(unit === 'usd' ? 0.01 : 1, max * 1.1)] },
      },
      legend: { live: true },
      cursor: { y: false, drag: { setScale: false } },
      axes: [
        {
          ...axis(),
          grid: { show: false },
          incrs: [1, 2, 5, 10, 15, 30].map((n) => n * DAY_SECONDS),
          values: (_, all) => all.map(dayOf),
          space: 64,
        },
        {
          ...axis(),
          size: 56,
          values: (_, all) => all.map((value) => format.format(value)),
          incrs:
            unit === 'count'
              ? [
                  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5,
                  1e6, 1e7, 1e8,
                ]
              : undefined,
        },
      ],
      series: [
        {
          label: element.dataset.day ?? 'Day',
          value: (_, seconds) => (seconds ? dayOf(seconds) : '–'),
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
    const x = days.map((one) => Date.parse(`${one}T00:00:00Z`) / 1_000);
    element.replaceChildren();
    return new uPlot(options, [x, ...series.map(({ values }) => values)], element);
  };

  const drawAll = () => {
    for (const element of document.querySelectorAll('[data-chart]')) draw(element);
  };
  drawAll();
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    drawAll();
  });
})();
