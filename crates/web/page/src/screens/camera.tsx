// Looks through the camera until it sees an invitation.
import jsQR from 'jsqr';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Between two looks, in milliseconds. */
const LOOK_EVERY = 150;

/** What an invitation holds, whether alone or in a link. */
const INVITATION = /goodword1/i;

export function Camera({ found, closed }: { found: (text: string) => void; closed: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setInterval> | undefined;
    let over = false;
    const canvas = document.createElement('canvas');
    const look = () => {
      const from = video.current;
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (!from || !context || from.videoWidth === 0) return;
      canvas.width = from.videoWidth;
      canvas.height = from.videoHeight;
      context.drawImage(from, 0, 0);
      const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
      const text = jsQR(data, width, height)?.data;
      if (text && INVITATION.test(text)) found(text);
    };
    const start = async () => {
      const opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (over) return opened.getTracks().forEach((track) => track.stop());
      stream = opened;
      if (video.current) video.current.srcObject = opened;
      timer = setInterval(look, LOOK_EVERY);
    };
    start().catch(() => setTrouble('The camera cannot be used here. Paste the text instead.'));
    return () => {
      over = true;
      clearInterval(timer);
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  return (
    <div class="camera">
      {trouble ? <p role="alert">{trouble}</p> : <video ref={video} autoplay muted playsInline aria-label="What the camera sees" />}
      <button type="button" onClick={closed}>Close the camera</button>
    </div>
  );
}
