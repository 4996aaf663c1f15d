// Watches a dashboard with gorilla/websocket: prints each frame as a line and finally `closed CODE REASON`. Built with
// GO111MODULE=off on Debian's package of gorilla/websocket. Arguments: URL [SUBPROTOCOL].
package main

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/gorilla/websocket"
)

func main() {
	dialer := websocket.Dialer{Subprotocols: os.Args[2:]}
	connection, _, err := dialer.Dial(os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	for {
		_, frame, err := connection.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			fmt.Printf("closed %d %s\n", closed.Code, closed.Text)
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", frame)
	}
}
