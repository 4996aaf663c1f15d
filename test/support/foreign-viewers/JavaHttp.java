import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Watches a dashboard with the WebSocket client of the JDK: prints each frame as a line and finally `closed CODE
 * REASON`. Run from its source: `java JavaHttp.java URL [SUBPROTOCOL]`.
 */
final class JavaHttp implements WebSocket.Listener {
  private final StringBuilder frame = new StringBuilder();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  public static void main(String[] args) {
    var viewer = new JavaHttp();
    var builder = HttpClient.newHttpClient().newWebSocketBuilder();
    if (args.length > 1) builder.subprotocols(args[1]);
    builder.buildAsync(URI.create(args[0]), viewer).join();
    viewer.closed.join();
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
    frame.append(part);
    if (isLast) {
      System.out.println(frame);
      frame.setLength(0);
    }
    socket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    System.out.println("closed " + code + " " + reason);
    closed.complete(null);
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    closed.completeExceptionally(error);
  }
}
