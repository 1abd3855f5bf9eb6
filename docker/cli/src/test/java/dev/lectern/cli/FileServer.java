package dev.lectern.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ResourceHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.resource.ResourceFactory;

/** A folder on the web: Jetty's own handler of files, which answers range requests. */
final class FileServer implements AutoCloseable {
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);
  private final AtomicLong ranges = new AtomicLong();

  private FileServer(Path folder) throws Exception {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ResourceHandler files = new ResourceHandler();
    files.setBaseResource(ResourceFactory.of(server).newResource(folder));
    server.setHandler(
        new Handler.Wrapper(files) {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws Exception {
            if (request.getHeaders().contains(HttpHeader.RANGE)) {
              ranges.incrementAndGet();
            }
            return super.handle(request, response, callback);
          }
        });
    server.start();
  }

  static FileServer start(Path folder) throws Exception {
    return new FileServer(folder);
  }

  String address() {
    return "http://127.0.0.1:" + connector.getLocalPort();
  }

  /** Requests for part of a file so far. */
  long ranges() {
    return ranges.get();
  }

  @Override
  public void close() throws IOException {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IOException("the file server does not stop", e);
    }
  }
}
