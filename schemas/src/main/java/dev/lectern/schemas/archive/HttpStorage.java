package dev.lectern.schemas.archive;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An archive on a web server or in an object store that answers range requests (RFC 9110, section
 * 14).
 *
 * <p>A server that is away or overloaded (status 429 or 5xx), or of whose answer nothing more
 * arrives, is asked again for a minute.
 */
final class HttpStorage implements ArchiveStorage {
  private static final Logger LOG = LoggerFactory.getLogger(HttpStorage.class);
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Duration REQUEST = Duration.ofSeconds(30);
  private static final long FIRST_PAUSE_MS = 250;
  private static final long LONGEST_PAUSE_MS = 8_000;

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(10))
          .followRedirects(HttpClient.Redirect.NORMAL)
          .build();
  private final String folder;
  private final Duration limit;
  private final Duration stalled;

  HttpStorage(URI folder) {
    this(folder, LIMIT);
  }

  /**
   * @param limit how long a server may be away
   */
  HttpStorage(URI folder, Duration limit) {
    this.folder = folder.toString().replaceFirst("/*$", "/");
    this.limit = limit;
    this.stalled = limit.compareTo(REQUEST) < 0 ? limit : REQUEST;
  }

  @Override
  public InputStream open(String name) throws IOException {
    return new ByteArrayInputStream(answer(name, request(name).build(), 200));
  }

  @Override
  public ByteBuffer read(String name, long position, int bytes) throws IOException {
    String range = "bytes=" + position + "-" + (position + bytes - 1);
    byte[] found = answer(name, request(name).header("Range", range).build(), 206);
    if (found.length != bytes) {
      throw new IOException("found " + found.length + " bytes of " + range);
    }
    return ByteBuffer.wrap(found);
  }

  private HttpRequest.Builder request(String name) {
    return HttpRequest.newBuilder(URI.create(describe(name))).timeout(REQUEST);
  }

  private byte[] answer(String name, HttpRequest request, int expected) throws IOException {
    long start = System.nanoTime();
    long pause = FIRST_PAUSE_MS;
    while (true) {
      IOException failure;
      try {
        Body body = new Body();
        int status = send(request, body);
        if (status == expected) {
          return body.bytes.toByteArray();
        }
        failure = refusal(name, status, expected);
        if (status != 429 && status < 500) {
          throw new Refused(failure);
        }
      } catch (Refused e) {
        throw e.reason;
      } catch (IOException e) {
        failure = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("stopped while a server was asked");
      }
      if (System.nanoTime() - start > limit.toNanos()) {
        throw failure;
      }
      if (pause == FIRST_PAUSE_MS) {
        LOG.warn(
            "{} is not answered; asking again for {} s: {}",
            describe(name),
            limit.toSeconds(),
            reason(failure));
      }
      pause(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }

  /** What has arrived of an answer. */
  private static final class Body implements Consumer<Optional<byte[]>> {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private volatile long last = System.nanoTime();

    @Override
    public void accept(Optional<byte[]> more) {
      last = System.nanoTime();
      more.ifPresent(bytes::writeBytes);
    }
  }

  /**
   * The status, when the whole body is there. The client's own timeout ends with the headers: of a
   * connection that dies later it would wait for ever.
   */
  private int send(HttpRequest request, Body body) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<Void>> answer =
        client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArrayConsumer(body));
    try {
      while (true) {
        long silence = System.nanoTime() - body.last;
        if (silence >= stalled.toNanos()) {
          throw new HttpTimeoutException("nothing arrived for " + stalled.toSeconds() + " s");
        }
        try {
          return answer.get(stalled.toNanos() - silence, TimeUnit.NANOSECONDS).statusCode();
        } catch (TimeoutException e) {
          // Something may have arrived since.
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private IOException refusal(String name, int status, int expected) {
    if (status == 404 || status == 410) {
      return new NoSuchFileException(describe(name), null, "status " + status);
    }
    return new IOException(
        status == 200 && expected == 206
            ? "the server answers a range request with the whole file (status 200), expected 206;"
                + " serve the archive with one that supports ranges"
            : "found status " + status + ", expected " + expected);
  }

  private static void pause(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while a server was away");
    }
  }

  @Override
  public String describe(String name) {
    return folder + name;
  }

  /** Not to be tried again. */
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    private final IOException reason;

    Refused(IOException reason) {
      super(reason);
      this.reason = reason;
    }
  }
}
