//! Listening: plain or with TLS, HTTP/1.1 and 2, with patience that has an end.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum_server::accept::{Accept, NoDelayAcceptor};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::certificate;
use crate::config::{ServerConfig, TlsConfig};
use crate::failure::{Failure, Outcome};

/// Stops the server.
pub(super) type Handle = axum_server::Handle<SocketAddr>;

/// A bound server.
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    header_timeout: Duration,
    handle: Handle,
}

impl Server {
    /// Binds the address and reads the certificate.
    pub(super) fn bind(config: &ServerConfig) -> Outcome<Self> {
        let failed = |error: &io::Error| Failure::of(format!("cannot listen on {}", config.listen), error);
        let listener = TcpListener::bind(config.listen).map_err(|error| failed(&error))?;
        listener.set_nonblocking(true).map_err(|error| failed(&error))?;
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        Ok(Self {
            listener,
            address,
            tls: config.tls.clone().map(Tls::open).transpose()?,
            header_timeout: config.limits.header_timeout,
            handle: Handle::new(),
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    pub(super) fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    /// Serves until the handle says so.
    pub(super) async fn serve(
        self,
        service: IntoMakeServiceWithConnectInfo<Router, SocketAddr>,
    ) -> io::Result<()> {
        let mut server = axum_server::from_tcp(self.listener)?.handle(self.handle);
        let http = server.http_builder();
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(Duration::from_secs(30))
            .max_concurrent_streams(128);
        let plain = Impatient {
            inner: NoDelayAcceptor::new(),
            patience: self.header_timeout,
        };
        match self.tls {
            Some(tls) => {
                let acceptor = RustlsAcceptor::new(tls.config).acceptor(NoDelayAcceptor::new());
                let impatient = Impatient {
                    inner: acceptor,
                    patience: self.header_timeout,
                };
                server.acceptor(impatient).serve(service).await
            }
            None => server.acceptor(plain).serve(service).await,
        }
    }
}

/// The certificate in force, which can be read again.
#[derive(Clone)]
pub(super) struct Tls {
    files: Arc<TlsConfig>,
    config: RustlsConfig,
}

impl Tls {
    fn open(files: TlsConfig) -> Outcome<Self> {
        let config = certificate::read(&files)?;
        Ok(Self {
            files: Arc::new(files),
            config: RustlsConfig::from_config(config),
        })
    }

    /// Reads the certificate again. One that cannot be used leaves the former in force.
    pub(super) fn reload(&self) {
        match certificate::read(&self.files) {
            Ok(config) => {
                self.config.reload_from_config(config);
                tracing::info!("the TLS certificate was read again");
            }
            Err(failure) => {
                let (message, _) = failure.say(matoi_types::Lang::En);
                tracing::error!(
                    error = message,
                    "the TLS certificate cannot be used; the former one stays in force"
                );
            }
        }
    }
}

/// Gives up connections on which nothing is ever said: before its first byte no other limit applies to one.
#[derive(Debug, Clone)]
struct Impatient<A> {
    inner: A,
    patience: Duration,
}

impl<A, S> Accept<TcpStream, S> for Impatient<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
    A::Stream: 'static,
    A::Service: 'static,
{
    type Stream = WithPatience<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let accepted = self.inner.accept(stream, service);
        let until = Instant::now() + self.patience;
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            let stream = WithPatience {
                stream,
                patience: Some(Box::pin(tokio::time::sleep_until(until))),
            };
            Ok((stream, service))
        })
    }
}

/// A connection whose first byte must come in time.
struct WithPatience<S> {
    stream: S,
    patience: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for WithPatience<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_ready() {
            self.patience = None;
        } else if let Some(patience) = &mut self.patience
            && patience.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WithPatience<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
