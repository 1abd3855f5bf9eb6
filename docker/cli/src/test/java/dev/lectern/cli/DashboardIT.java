package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.teacher.model.DelegatingTeacher;
import dev.lectern.teacher.model.TeacherOutputs;
import dev.lectern.teacher.recording.TeacherFactory;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/**
 * The dashboard in a real browser: it follows a recording in the making and two trainings, and has
 * its picture taken. Runs with {@code mvn verify -Pbrowser}.
 */
@Tag("browser")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
@Timeout(240) // a browser may hang
class DashboardIT {
  private static final Duration LONG = Duration.ofMinutes(6);
  private static final Pattern ADDRESS = Pattern.compile("listening on (http://\\S+/)");
  private static final String GROWING = "shapes-live";
  private static final String WHOLE = "shapes-teacher";

  @TempDir private static Path dir;
  private Browser browser;
  private LiveFleet fleet;
  private Child dashboard;
  private String address;

  @BeforeAll
  void startEverything() throws Exception {
    browser = Browser.start(dir.resolve("profile"));
    fleet = LiveFleet.start(dir, 240, 40);
    fleet.record(WHOLE, List.of("worker-a", "worker-b"), TeacherFactory.MODEL_FILE);
    fleet.await(
        "a sealed recording",
        LONG,
        view -> view.recordings().stream().anyMatch(r -> r.state().equals("sealed")));
    dashboard =
        Child.start(dir, "dashboard", "--port", "0", "--bootstrap-servers", fleet.servers());
    address = awaitAddress();
  }

  @AfterAll
  void stopEverything() {
    if (browser != null) {
      browser.close();
    }
    if (dashboard != null) {
      dashboard.close();
    }
    if (fleet != null) {
      fleet.close();
    }
  }

  @Test
  @Order(1)
  void thePageFollowsARecordingAndTwoTrainings() throws Exception {
    browser.size(1200, 900);
    browser.open(address);
    browser.await("the sealed recording", LONG, () -> browser.text().contains(WHOLE));
    assertThat(browser.text()).doesNotContain(GROWING);

    fleet.record(GROWING, List.of("gpu-1", "gpu-2"), unhurried(Duration.ofSeconds(15)));
    fleet.train(
        "ld-kd",
        WHOLE,
        Duration.ZERO,
        settings("[{name: ld}, {name: ld, region: vlr}, {name: kd}]"));
    fleet.train("annotations-only", WHOLE, Duration.ZERO, settings("[]"));

    browser.await(
        "the new recording, without loading the page again",
        LONG,
        () -> percent(GROWING) > 0 && browser.text().contains("gpu-2"));
    int before = percent(GROWING);
    browser.await("progress", LONG, () -> percent(GROWING) > before);
    browser.await(
        "two courses with measurements",
        LONG,
        () ->
            points("ld-kd") > 60
                && points("annotations-only") > 60
                && circles("ld-kd") > 4
                && circles("annotations-only") > 4);

    assertThat(browser.<String>ask("document.getElementById('live-text').textContent"))
        .isEqualTo("Live");
    assertThat(browser.text())
        .contains("What sets the pace")
        .contains("found NaN")
        .contains("loss_ld");
    assertThat(browser.complaints()).isEmpty();
    takePictures();
  }

  @Test
  @Order(2)
  void curvesAreToldApartAndAxesAreThoseOfTheFigure() throws Exception {
    List<String> looks =
        browser.ask(
            "[...%s.querySelector('figure').querySelectorAll('polyline')].map(e =>"
                    .formatted(card("ld-kd"))
                + " getComputedStyle(e).stroke + getComputedStyle(e).strokeDasharray)");
    assertThat(looks).hasSizeGreaterThan(5).doesNotHaveDuplicates();
    assertThat(
            browser.<List<String>>ask(
                "[...document.querySelectorAll('#runs article')].map(e =>"
                    + " [...e.querySelectorAll('figure')].pop().querySelectorAll('text.y'))"
                    + ".map(ticks => [...ticks].pop().textContent)"))
        .as("the ends of the axes of AP")
        .containsExactly("1", "1");
    assertThat(browser.<String>ask("document.getElementById('compare').innerText"))
        .contains("ld-kd: loss", "annotations-only: loss");
    assertThat(browser.<Long>ask("document.querySelectorAll('#compare-loss polyline').length"))
        .isEqualTo(2);
    assertThat(browser.text()).contains("Learning rate");

    String plain = browser.ask("document.getElementById('compare-loss').innerHTML");
    browser.driver().findElement(By.id("log")).click();
    String log = browser.ask("document.getElementById('compare-loss').innerHTML");
    browser.driver().findElement(By.id("smoothing")).sendKeys("strong");
    String smooth = browser.ask("document.getElementById('compare-loss').innerHTML");
    assertThat(List.of(plain, log, smooth)).doesNotHaveDuplicates();
    assertThat(browser.complaints()).isEmpty();
    browser.driver().findElement(By.id("log")).click();
  }

  @Test
  @Order(2)
  void thePageFitsAPhone() {
    browser.size(360, 740);

    assertThat(browser.<Long>ask("document.documentElement.scrollWidth")).isLessThanOrEqualTo(360);
    assertThat(
            browser.<List<Object>>ask(
                "[...document.querySelectorAll('main *')].filter(e =>"
                    + " e.getBoundingClientRect().right > 361 && e.offsetParent !== null &&"
                    + " !e.closest('.hidden')).map(e => e.outerHTML.slice(0, 80))"))
        .as("what sticks out on the right")
        .isEmpty();
    browser.size(1200, 900);
  }

  @Test
  @Order(3)
  void everythingIsReachedByKeyboardAndNamedForAScreenReader() {
    List<String> all =
        browser.ask(
            "[...document.querySelectorAll('a[href],button,input,select,summary,[tabindex=\"0\"]')]"
                + ".filter(e => e.checkVisibility()).map(e => %s)".formatted(named("e")));
    assertThat(all).startsWith("A Skip to the fleet").contains("BUTTON Work it out");
    Set<String> reached = new HashSet<>();
    for (int i = 0; i < 2 * all.size(); i++) { // from the last click to the end, and once around
      focused().sendKeys(Keys.TAB);
      reached.add(browser.ask(named("document.activeElement")));
    }
    assertThat(reached).containsAll(all);
    assertThat(
            browser.<String>ask(
                "(() => { const i = document.getElementById('finish-by'); i.focus(); return"
                    + " getComputedStyle(i).outlineStyle; })()"))
        .as("focus can be seen")
        .isEqualTo("solid");
    assertThat(
            browser.<List<Object>>ask(
                "[...document.querySelectorAll('svg[role=img],[role=progressbar],table,input')]"
                    + ".filter(e => !(e.getAttribute('aria-label') || e.caption || (e.labels &&"
                    + " e.labels.length))).map(e => e.outerHTML.slice(0, 80))"))
        .as("figures, bars, tables and fields without a name")
        .isEmpty();
    assertThat(
            browser.<List<String>>ask(
                "[...document.querySelectorAll('h1,h2,h3')].map(e => e.tagName)"))
        .startsWith("H1", "H2")
        .contains("H3");
  }

  @Test
  @Order(4)
  void aTimeIsTurnedIntoANumberOfWorkers() throws Exception {
    browser.driver().executeScript("document.getElementById('finish-by').value = '23:59'");
    browser.driver().findElement(By.cssSelector("#plan button")).click();

    browser.await(
        "an answer",
        Duration.ofSeconds(20),
        () ->
            browser
                .<String>ask("document.getElementById('plan-answer').innerText")
                .startsWith(GROWING + ": 1 worker finishes"));
  }

  @Test
  @Order(5)
  void focusStaysWhereItIsWhileFiguresChange() throws Exception {
    WebElement summary = browser.driver().findElement(By.cssSelector("#runs summary"));
    summary.sendKeys(Keys.ENTER);
    String seen = browser.ask("document.getElementById('live-time').textContent");
    browser.await(
        "two more looks",
        Duration.ofSeconds(30),
        () -> !seen.equals(browser.ask("document.getElementById('live-time').textContent")));

    assertThat(focused()).isEqualTo(summary);
    assertThat(
            browser.<Long>ask("document.querySelectorAll('#runs details[open] tbody tr').length"))
        .isPositive();
  }

  @Test
  @Order(6)
  void theEndOfThingsIsShown() throws Exception {
    fleet.stop();
    browser.await(
        "the end of workers and runs",
        LONG,
        () ->
            browser.<Long>ask("document.querySelectorAll('#runs .state[data-state=ended]').length")
                == 2);
    browser.driver().findElement(By.id("at-work")).click();
    assertThat(browser.<Long>ask("document.querySelectorAll('#runs article').length")).isZero();
    assertThat(browser.text()).contains("2 not at work, hidden.");

    dashboard.close();
    browser.await(
        "the end of the server",
        Duration.ofSeconds(30),
        () -> browser.text().contains("Connection lost"));
  }

  private void takePictures() throws InterruptedException {
    Path folder = Path.of(System.getProperty("lectern.screenshots", dir.toString()));
    browser.scheme("light");
    picture(folder.resolve("dashboard.png"), 1400, 1200, "header");
    picture(folder.resolve("dashboard-runs.png"), 1400, 1100, "#runs-title");
    picture(folder.resolve("dashboard-phone.png"), 390, 1500, "header");
    browser.size(1200, 900);
  }

  private void picture(Path file, int width, int height, String top) throws InterruptedException {
    browser.size(width, height);
    browser.driver().executeScript("document.querySelector('" + top + "').scrollIntoView()");
    Thread.sleep(1500);
    browser.picture(file);
    assertThat(file).isNotEmptyFile();
    assertThat(file.toFile().length()).as("bytes of " + file).isLessThan(300_000);
  }

  /** What a person would call an element of the page, as a script. */
  private static String named(String element) {
    return "`${%1$s.tagName} ${%1$s.id || %1$s.innerText}`".formatted(element);
  }

  private WebElement focused() {
    return browser.driver().switchTo().activeElement();
  }

  private int percent(String recording) {
    Object value =
        browser.ask(
            "document.querySelector('[role=progressbar][aria-label^=\""
                + recording
                + ":\"]')?.getAttribute('aria-valuenow')");
    return value == null ? 0 : Integer.parseInt(value.toString());
  }

  private long points(String run) {
    return browser.<Long>ask(
        card(run)
            + "?.querySelector('polyline.c0')?.getAttribute('points').split(' ').length || 0");
  }

  private long circles(String run) {
    return browser.<Long>ask(card(run) + "?.querySelectorAll('circle').length || 0");
  }

  private static String card(String run) {
    return "[...document.querySelectorAll('#runs article')].find(e =>"
        + " e.querySelector('h3').textContent === '"
        + run
        + "')";
  }

  private static String settings(String losses) {
    return """
    epochs: 60
    batch-size: 16
    losses: %s
    optimizer: {name: adamw, learning-rate: 0.002}
    schedule: {name: cosine, warmup-steps: 50, warmup-factor: 0.01}
    gradient-clip: 10
    checkpoint: {every-epochs: 1000}
    evaluation: {every-epochs: 2}
    """
        .formatted(losses);
  }

  private String awaitAddress() {
    Matcher found =
        Awaitility.await("the address")
            .atMost(LONG)
            .failFast("the dashboard has ended", () -> !dashboard.isAlive())
            .until(() -> ADDRESS.matcher(dashboard.output()), Matcher::find);
    return found.group(1);
  }

  /** The real teacher with a rest after each batch; one batch in five has a number that is none. */
  private static TeacherFactory unhurried(Duration rest) {
    return (config, descriptor, kinds) ->
        new DelegatingTeacher(TeacherFactory.MODEL_FILE.open(config, descriptor, kinds)) {
          private int batches;

          @Override
          public void infer(FloatBuffer input, TeacherOutputs outputs) {
            super.infer(input, outputs);
            if (++batches % 5 == 2) {
              outputs.batch(0).put(0, Float.NaN);
            }
            try {
              Thread.sleep(rest.toMillis());
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
  }
}
